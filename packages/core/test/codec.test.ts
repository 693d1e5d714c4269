import { crc32 as zlibCrc32 } from "node:zlib";
import { createDecoder, isKnownKind, type Json, maxLineBytes, memoryJournal, type Recorded } from "@runferry/core";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyEvent, anyStream, arbitraryKinds } from "./arbitrary-events.ts";
import { decoded, encoded } from "./lines.ts";

const start: Recorded = { seq: 1, at: 5, kind: "writer.ended" };

describe("codec", () => {
  test("every kind of event is among the arbitrary ones", () => {
    expect(arbitraryKinds.filter(isKnownKind)).toHaveLength(16);
    expect(arbitraryKinds).toContain("unknown");
  });

  test("gives back every event as it was", () => {
    fc.assert(
      fc.property(anyStream(), (events) => {
        expect(decoded(encoded(events))).toEqual(events);
      }),
      rounds(400),
    );
  });

  test("encodes what it decoded to the same bytes", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const bytes = encoded([{ ...event, seq: 1, at: 1.5 }]);
        expect(encoded(decoded(bytes) as Recorded[])).toEqual(bytes);
      }),
      rounds(300),
    );
  });

  test("gives the same for bytes in any cut", () => {
    fc.assert(
      fc.property(anyStream(), fc.array(fc.nat({ max: 60 })), (events, cuts) => {
        const bytes = encoded(events);
        const decoder = createDecoder();
        const found = [];
        let from = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...decoder.push(bytes.slice(from, from + cut)));
          from += cut;
        }
        expect(found).toEqual(events);
        expect([decoder.wholeBytes, decoder.tornBytes]).toEqual([bytes.length, 0]);
      }),
      rounds(200),
    );
  });

  test("gives the same byte by byte", () => {
    const events = [{ ...start, kind: "params.set", values: { ü: "🚀" } } as Recorded, { ...start, seq: 2 }];
    const decoder = createDecoder();
    expect([...encoded(events)].flatMap((byte) => decoder.push(Uint8Array.of(byte)))).toEqual(events);
  });

  test("writes the line that the format names", () => {
    const event: Recorded = {
      seq: 2,
      at: 1732181400123.456,
      kind: "metrics.logged",
      step: 7,
      values: { loss: 0.5, aux: Number.NaN },
    };
    expect(Buffer.from(encoded([event])).toString()).toMatch(
      /^\{"seq":2,"at":1732181400123\.456,"kind":"metrics\.logged","step":7,"values":\{"loss":0\.5,"aux":"NaN"\},"crc":"[0-9a-f]{8}"\}\n$/,
    );
  });

  test("reads numbers of metrics however another writer spelled them", () => {
    const odd = foreignLine('{"seq": 1.0, "at": 2.50, "kind": "metrics.logged", "step": 3.0, "values": {"loss": 1.00}');
    expect(decoded(odd)).toEqual([{ seq: 1, at: 2.5, kind: "metrics.logged", step: 3, values: { loss: 1 } }]);
  });

  test("refuses what is no event without throwing", () => {
    for (const [body, reason] of [
      ['{"seq":0,"at":1,"kind":"writer.ended"', "seq: must be 1 or more"],
      ['{"seq":1,"at":null,"kind":"writer.ended"', "at: must be a time"],
      ['{"seq":1,"at":1,"kind":"tags.set","values":{"a":1}', "values.a: must be text"],
      ['{"seq":1,"at":1,"kind":"metrics.logged","values":{"a":"x"}', "values.a: must be a number"],
      [
        '{"seq":1,"at":1,"kind":"artifact.logged","file":{"path":"../x","sha256":"","bytes":0}',
        "file.path: must not lead",
      ],
      ['{"seq":1,', "is not JSON"],
      [
        `{"seq":1,"at":1,"kind":"params.set","values":{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
        "nested too deep",
      ],
    ] as const) {
      const [found] = decoded(foreignLine(body));
      expect(found).toMatchObject({ from: 0, reason: expect.stringContaining(reason) });
    }
  });

  test("reads what is nested as deep as a writer may, and nothing deeper", () => {
    const nested = (depth: number): Json => (depth === 0 ? 1 : [nested(depth - 1)]);
    const line = (depth: number) =>
      encoded([{ seq: 1, at: 1, kind: "unknown", was: "deep", fields: { a: nested(depth) } }]);
    const journal = memoryJournal("run");
    journal.writer().append({ kind: "unknown", was: "deep", fields: { a: nested(199) } });
    expect(decoded(line(199))).toMatchObject([{ was: "deep" }]);
    expect(decoded(line(2000))).toMatchObject([{ reason: "is nested too deep" }]);
  });

  test("takes an event of the largest size in pieces, and refuses a larger one", () => {
    const sized = (extra: number): Recorded => ({
      seq: 1,
      at: 1,
      kind: "console.logged",
      from: "stdout",
      text: "x".repeat(maxLineBytes - overhead + extra),
    });
    const overhead = encoded([{ seq: 1, at: 1, kind: "console.logged", from: "stdout", text: "" }]).length - 19;
    const bytes = encoded([sized(0)]);
    const decoder = createDecoder();
    expect(decoder.push(bytes.subarray(0, bytes.length - 1))).toEqual([]);
    expect(decoder.push(bytes.subarray(bytes.length - 1))).toHaveLength(1);
    expect(decoder.wholeBytes).toBe(bytes.length);
    expect(() => encoded([sized(1)])).toThrow(/a line holds 16777216 at most/);
  });

  test("passes over a line that is longer than any may be, and goes on", () => {
    const decoder = createDecoder();
    const piece = new Uint8Array(1024 * 1024).fill(120);
    for (let i = 0; i < 18; i++) expect(decoder.push(piece)).toEqual([]);
    expect(decoder.push(Buffer.concat([Buffer.from("\n"), encoded([start])]))).toMatchObject([
      { from: 0, events: 1 },
      start,
    ]);
    expect(decoder.tornBytes).toBe(0);
  });
});

function foreignLine(body: string): Uint8Array {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlibCrc32(body));
  return Buffer.from(`${body},"crc":"${sum.toString("hex")}"}\n`);
}
