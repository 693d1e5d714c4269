import { type Journal, mainStream, type Recorded } from "@runferry/core";
import { createRandom, rounds, smallRun } from "@runferry/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { joined, linesOf, recovered } from "./lines.ts";

let events: readonly Recorded[];
let lines: readonly Uint8Array[];
let whole: Uint8Array;
/** Where each line begins, and where the last one ends. */
let edges: number[];

beforeAll(async () => {
  events = await mainOf((await smallRun()).journal);
  lines = linesOf(events);
  whole = joined(lines);
  edges = [0];
  for (const line of lines) edges.push(edges.at(-1)! + line.length);
});

async function mainOf(journal: Journal): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for await (const stream of journal.streams()) {
    if (stream.name === mainStream) for await (const chunk of stream.read()) all.push(...chunk);
  }
  return all;
}

/** Which event the byte belongs to, from 0; its newline too. */
const owner = (at: number): number => edges.findLastIndex((edge) => edge <= at);

/** Shows that exactly the given events are gone, named at their place, and all others are there. */
function expectLost(bytes: Uint8Array, lost: ReadonlySet<number>): void {
  const found = recovered(bytes);
  const kept = events.filter((_, i) => !lost.has(i));
  const gaps = found.events.filter((event) => event.kind === "events.lost");
  expect(found.events.filter((event) => event.kind !== "events.lost")).toEqual(kept);
  expect(gaps.reduce((sum, gap) => sum + gap.count, 0)).toBe(lost.size);
  for (const gap of gaps) expect(gap.where).toMatch(/^journal\/main\.ndjson (bytes \d+–\d+ \(.+\)|after seq \d+)/);
  expect(found.events.map((event) => event.seq)).toEqual(
    [...found.events.map((event) => event.seq)].sort((a, b) => a - b),
  );
}

function without(at: number): Uint8Array {
  return joined([whole.subarray(0, at), whole.subarray(at + 1)]);
}

function changed(at: number, byte: number): Uint8Array {
  const copy = whole.slice();
  copy[at] = byte;
  return copy;
}

function isNewline(at: number): boolean {
  return whole[at] === 10;
}

describe("a damaged journal", () => {
  test("is tried on ten events and more, with text beyond ASCII", () => {
    expect(events.length).toBeGreaterThanOrEqual(10);
    expect(whole.some((byte) => byte > 127)).toBe(true);
    expectLost(whole, new Set());
  });

  test("loses exactly the event of a flipped bit, for every bit", () => {
    for (let at = 0; at < whole.length - 1; at++) {
      for (let bit = 0; bit < 8; bit++) {
        expectLost(changed(at, whole[at]! ^ (1 << bit)), isNewline(at) ? new Set() : new Set([owner(at)]));
      }
    }
  });

  test("loses exactly the event of a byte that became another one", () => {
    const random = createRandom(1);
    for (let at = 0; at < whole.length - 1; at++) {
      const others =
        at % 29 === 0
          ? Array.from({ length: 256 }, (_, byte) => byte)
          : [0, 10, 34, 44, 123, 125, 255, random.below(256)];
      for (const byte of others) {
        if (byte !== whole[at]) expectLost(changed(at, byte), isNewline(at) ? new Set() : new Set([owner(at)]));
      }
    }
  });

  test("takes the last event for one under way when its newline is gone", () => {
    for (const bytes of [changed(whole.length - 1, 88), without(whole.length - 1)]) {
      const found = recovered(bytes);
      expect(found.events).toEqual(events.slice(0, -1));
      expect(found.tornBytes).toBeGreaterThan(0);
      expect(found.wholeBytes).toBe(edges.at(-2));
    }
  });

  test("keeps every whole line of every truncation", () => {
    for (let length = 0; length <= whole.length; length++) {
      const found = recovered(whole.slice(0, length));
      const count = edges.findLastIndex((edge) => edge <= length);
      expect(found.events).toEqual(events.slice(0, count));
      expect([found.wholeBytes, found.tornBytes]).toEqual([edges[count], length - edges[count]!]);
      expect(found.last.seq).toBe(count);
    }
  });

  test("loses exactly the event of a deleted byte, and nothing with a newline", () => {
    for (let at = 0; at < whole.length - 1; at++)
      expectLost(without(at), isNewline(at) ? new Set() : new Set([owner(at)]));
  });

  test("loses at most the event around an inserted byte", () => {
    for (let at = 0; at <= whole.length; at++) {
      const atEdge = edges.includes(at);
      for (const byte of [0, 10, 65, 123, 125, 255]) {
        const bytes = joined([whole.subarray(0, at), Uint8Array.of(byte), whole.subarray(at)]);
        // Right before a newline, and with its first or last brace doubled, the event itself is whole.
        const doubled = (byte === 123 && edges.includes(at - 1)) || (byte === 125 && isNewline(at + 1));
        const isBeside = atEdge || isNewline(at) || doubled;
        expectLost(bytes, isBeside ? new Set() : new Set([owner(at)]));
      }
    }
  });

  test("loses exactly the events that a range of zeros touches", () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 2 }), fc.integer({ min: 1, max: 400 }), (from, length) => {
        const to = Math.min(from + length, edges.at(-2)!); // the last event stays, so that every gap shows its size
        if (from >= to) return;
        const bytes = whole.slice();
        bytes.fill(0, from, to);
        const touched = new Set<number>();
        for (let at = from; at < to; at++) if (!isNewline(at)) touched.add(owner(at));
        expectLost(bytes, touched);
      }),
      rounds(300),
    );
  });

  test("loses nothing but what was touched by damage in several places", () => {
    const spot = fc.tuple(fc.nat({ max: whole.length }), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(spot, { minLength: 1, maxLength: 6 }), (spots) => {
        const bytes = whole.slice();
        const touched = new Set<number>();
        for (const [at, mask] of spots) {
          if (at >= edges.at(-2)! || isNewline(at)) continue;
          bytes[at] = whole[at]! ^ mask;
          touched.add(owner(at));
        }
        expectLost(bytes, touched);
      }),
      rounds(400),
    );
  });

  test("reads events without any newline between them, whatever they hold", () => {
    const crc = { a: 1, crc: "00000000" };
    const inner = { seq: 1, at: 1, kind: "writer.ended", crc: "00000000" };
    const three: readonly Recorded[] = [1, 2, 3].map((seq) => ({
      seq,
      at: seq,
      kind: "params.set",
      values: { crc, inner, end: [crc] },
    }));
    const bytes = joined(linesOf(three).map((line, i) => (i < 2 ? line.subarray(0, -1) : line)));
    expect(recovered(bytes)).toMatchObject({ events: three, damage: [] });
  });

  test("never throws, takes bounded time and names all that it passes over", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        const found = recovered(joined([noise, Uint8Array.of(10), whole]));
        expect(found.events.filter((event) => event.kind !== "events.lost")).toEqual(events);
      }),
      rounds(200),
    );
    const hostile = Buffer.from(`${'{"seq":1,"crc":"00000000"}'.repeat(30_000)}\n`);
    const begin = process.cpuUsage();
    expect(recovered(hostile).events).toMatchObject([{ kind: "events.lost", count: 1 }]);
    expect(process.cpuUsage(begin).user).toBeLessThan(5_000_000);
  });

  test("names events that a reader finds twice, and keeps the first", () => {
    const found = recovered(joined([...lines, ...lines.slice(2, 4)]));
    expect(found.events).toEqual(events);
    expect(found.damage.map((one) => one.reason)).toEqual(["repeats seq 3", "repeats seq 4"]);
  });
});
