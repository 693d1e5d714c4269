import { createRandom } from "@runferry/testkit";
import { expect, test, vi } from "vitest";
import { blockBytes } from "../../src/offline/log-format.ts";
import { createLogWriter } from "../../src/offline/log-writer.ts";
import { decodeRecord, encodeRecord } from "../../src/offline/schema.ts";
import { logFile, readLog } from "./log-file.ts";

vi.setConfig({ testTimeout: 120_000 });

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

// A run `vec00001` of the project `proj` with one row and its exit, as wandb 0.30 and 0.31 upload it.
const vector = Buffer.from(
  "3a572642e1be00124548e11e000108018a01190a0876656330303030311a0470726f6a8a01060880f2d6ca06c2bde7451f00010802121b0a0c0a046c6f7373820103302e350a0b0a055f737465708201013" +
    "04daed4c4070001080392010208" +
    "00",
  "hex",
);

function sample(): readonly Uint8Array[] {
  const sizes = [10, 0, 3000, 70_000, 1, 5, 32_768, 32_761, 40, 900, 33_000, 7];
  return sizes.map((size, i) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + i) & 255));
}

test("a run is laid byte for byte as the format's own writers do", () => {
  const records = [
    encodeRecord({ num: 1, run: { runId: "vec00001", project: "proj", startTime: { seconds: 1_767_225_600 } } }),
    encodeRecord({
      num: 2,
      history: {
        item: [
          { key: "loss", valueJson: "0.5" },
          { key: "_step", valueJson: "0" },
        ],
      },
    }),
    Buffer.from("08039201020800", "hex"), // an exit that spells its 0; protobuf leaves it out
  ];
  expect(Buffer.from(logFile(records)).toString("hex")).toBe(vector.toString("hex"));
  expect(readLog(vector).records.map(decodeRecord)).toEqual([
    { num: "1", run: { runId: "vec00001", project: "proj", startTime: { seconds: "1767225600" } } },
    {
      num: "2",
      history: {
        item: [
          { key: "loss", valueJson: "0.5" },
          { key: "_step", valueJson: "0" },
        ],
      },
    },
    { num: "3", exit: {} },
  ]);
});

test("records of any length come back, in pieces of any size", () => {
  const records = sample();
  const file = logFile(records);
  for (const pieceBytes of [file.length, 1, 13, 32_768, 50_000]) {
    expect(readLog(file, pieceBytes)).toEqual({ records, damages: [] });
  }
});

test("a record that begins at any of the last bytes of a block comes back", () => {
  for (let left = 0; left <= 24; left++) {
    const first = new Uint8Array(blockBytes - 7 - 7 - left).fill(1);
    const records = [first, Uint8Array.of(1, 2, 3), new Uint8Array(20).fill(9)];
    expect(readLog(logFile(records)), `${left} bytes left`).toEqual({ records, damages: [] });
  }
});

test("the bytes depend on the records and the offset alone", () => {
  const records = sample();
  const whole = logFile(records);
  let offset = 0;
  const parts: Uint8Array[] = [];
  for (const record of records) {
    const writer = createLogWriter(offset);
    writer.add(record);
    parts.push(writer.take().slice());
    offset = writer.offset;
  }
  expect(Buffer.compare(Buffer.concat(parts), whole)).toBe(0);
});

test("cut off anywhere, everything before the cut is there and the rest is named", () => {
  const records = sample().filter((record) => record.length < 4000);
  const file = logFile(records);
  const ends = records.map((_, i) => logFile(records.slice(0, i + 1)).length);
  for (let length = 0; length <= file.length; length++) {
    const whole = ends.filter((end) => end <= length).length;
    const { records: read, damages } = readLog(file.subarray(0, length));
    expect(read.length, `cut at ${length}`).toBe(whole);
    const lastEnd = whole === 0 ? (length < 7 ? 0 : 7) : ends[whole - 1]!;
    const told = damages.reduce((sum, damage) => sum + damage.length, 0);
    expect(told, `cut at ${length}`).toBe(length - lastEnd);
  }
});

test("with any byte spoilt, every record but the one it belongs to is there, and the place is named", () => {
  const records = [
    ...sample().filter((record) => record.length < 4000),
    Uint8Array.from({ length: 40_000 }, (_, i) => 8 + (i % 200)),
    Uint8Array.of(1),
  ];
  const file = logFile(records);
  const every = rounds > 1 ? 1 : 7;
  let lost = 0;
  for (let at = 0; at < file.length; at += at < 4200 ? 1 : every) {
    const spoilt = file.slice();
    spoilt[at]! ^= 0x55;
    const { records: read, damages } = readLog(spoilt);
    const missing = records.length - read.length;
    expect(missing, `byte ${at}`).toBeLessThanOrEqual(1);
    expect(damages.length, `byte ${at}`).toBe(missing === 1 || at < 7 ? 1 : 0);
    if (damages[0]) {
      expect(damages[0].offset).toBeLessThanOrEqual(at);
      expect(damages[0].offset + damages[0].length).toBeGreaterThan(at);
    }
    lost += missing;
  }
  expect(lost).toBeGreaterThan(4000);
});

test("bytes behind the end are told, and cost nothing before them", () => {
  const records = sample();
  const file = logFile(records);
  for (const extra of [new Uint8Array(100), new Uint8Array(70_000), new Uint8Array(70_000).fill(4)]) {
    const { records: read, damages } = readLog(Buffer.concat([file, extra]));
    expect(read).toEqual(records);
    expect(damages).toHaveLength(1);
    expect(damages[0]).toMatchObject({ offset: file.length, length: extra.length });
  }
});

test("files altered at random are read to their end, and what was not altered is there", () => {
  const random = createRandom(20_261_121);
  const records = sample();
  const file = logFile(records);
  const known = new Set(records.map((record) => Buffer.from(record).toString("latin1")));
  let found = 0;
  for (let round = 0; round < 60 * rounds; round++) {
    const spoilt = file.slice();
    for (let i = 1 + random.below(6); i > 0; i--) {
      const from = random.below(spoilt.length);
      const length = 1 + random.below(300);
      const mode = random.below(3);
      if (mode === 0) spoilt.fill(random.below(256), from, from + length);
      else if (mode === 1) spoilt.copyWithin(from, random.below(spoilt.length), from + length);
      else for (let at = from; at < Math.min(from + length, spoilt.length); at++) spoilt[at] = random.below(256);
    }
    const bytes = spoilt.subarray(0, random.below(4) === 0 ? random.below(spoilt.length) : spoilt.length);
    const { records: read, damages } = readLog(bytes, 1 + random.below(40_000));
    for (const record of read) if (known.has(Buffer.from(record).toString("latin1"))) found++;
    for (const { offset, length } of damages) {
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset + length).toBeLessThanOrEqual(bytes.length);
    }
  }
  expect(found).toBeGreaterThan(60 * rounds * 3);
});
