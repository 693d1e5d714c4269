import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fold, forward, memoryDeliveries, type RunView } from "@runferry/core";
import { expect, test } from "vitest";
import { createByteBuffer } from "../src/byte-buffer.ts";
import {
  type EventMessage,
  eventCodec,
  type Found,
  readEventFile,
  tensorboard,
  tensorboardSource,
} from "../src/index.ts";
import { addRecord } from "../src/record.ts";
import { hostileRun } from "./hostile-run.ts";
import { collect, filesIn, temporaryFolder } from "./subject.ts";

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

async function hostileFile(): Promise<Uint8Array> {
  const logdir = temporaryFolder();
  await forward({ journal: await hostileRun(), backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  const files = [...filesIn(logdir).values()].map((bytes) => Buffer.from(bytes, "latin1"));
  return files.reduce((largest, bytes) => (bytes.length > largest.length ? bytes : largest));
}

/** A short file with events of several sorts, so that every byte of it can be tried. */
function smallFile(): Uint8Array {
  const buffer = createByteBuffer(64);
  const add = (event: EventMessage) => addRecord(buffer, eventCodec.encode(event));
  add({ wallTime: 1, fileVersion: "brain.Event:2" });
  for (let step = 1; step < 6; step++)
    add({ wallTime: step, step, summary: { value: [{ tag: "loss", simpleValue: step / 2 }] } });
  add({
    wallTime: 7,
    step: 7,
    summary: { value: [{ tag: "t", tensor: { dtype: 7, stringVal: [new Uint8Array([104, 105])] } }] },
  });
  add({ wallTime: 8, step: 8, sessionLog: { status: 1 } });
  return buffer.bytes.slice(0, buffer.length);
}

const read = (bytes: Uint8Array) => collect(readEventFile([bytes]));
const key = (found: Found) =>
  "event" in found ? Buffer.from(eventCodec.encode(found.event)).toString("hex") : "damage";
const eventsOf = (all: readonly Found[]) => all.filter((found) => "event" in found);

test("a file cut at any byte gives its whole records and names the rest", async () => {
  const bytes = await hostileFile();
  const whole = (await read(bytes)).map((found) => ({ offset: found.offset, text: key(found) }));
  const step = bytes.length > 20_000 && rounds === 1 ? 7 : 1;
  for (let end = 0; end <= bytes.length; end += step) {
    const found = await read(bytes.subarray(0, end));
    const events = eventsOf(found);
    const count = whole.filter(({ offset }, i) => (whole[i + 1]?.offset ?? bytes.length) <= end && offset < end).length;
    expect(events.length, `cut at ${end}`).toBe(count);
    const tail = end - (whole[count]?.offset ?? bytes.length);
    const damage = found.filter((one) => "damage" in one);
    expect(damage, `cut at ${end}`).toHaveLength(tail > 0 ? 1 : 0);
    if (tail > 0) expect(damage[0]).toMatchObject({ offset: whole[count]!.offset, length: tail });
  }
});

test("a file that arrives byte by byte is read as the whole one is", async () => {
  const bytes = smallFile();
  const pieces = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  expect((await collect(readEventFile(pieces))).map(key)).toEqual((await read(bytes)).map(key));
});

test("with any bit flipped, one record is named as damaged and every other one is read", async () => {
  const bytes = smallFile();
  const whole = (await read(bytes)).map(key);
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const spoilt = bytes.slice();
      spoilt[at]! ^= 1 << bit;
      const found = await read(spoilt);
      const events = eventsOf(found).map(key);
      expect(
        events.every((event) => whole.includes(event)),
        `bit ${bit} of byte ${at}`,
      ).toBe(true);
      expect(events).toHaveLength(whole.length - 1);
      const damage = found.filter((one) => "damage" in one);
      expect(damage).toHaveLength(1);
      expect(damage[0]!.offset).toBeLessThanOrEqual(at);
      expect(damage[0]!.offset + (damage[0] as { length: number }).length).toBeGreaterThan(at);
    }
  }
});

test("records appended behind a torn one are found", async () => {
  const bytes = smallFile();
  const torn = Buffer.concat([bytes.subarray(0, bytes.length - 9), bytes]);
  const found = await read(torn);
  expect(eventsOf(found)).toHaveLength(15);
  expect(found.filter((one) => "damage" in one)).toHaveLength(1);
});

/** The same numbers on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

test("mutated records with true checksums never crash or hang the source", async () => {
  const count = Math.min(1_000_000, 20_000 * rounds);
  const random = createRandom(count);
  const seeds = (await read(await hostileFile())).flatMap((found) =>
    "event" in found ? [eventCodec.encode(found.event)] : [],
  );
  const logdir = temporaryFolder();
  mkdirSync(join(logdir, "run"), { recursive: true });
  for (let done = 0; done < count; ) {
    const buffer = createByteBuffer(1 << 20);
    for (let i = 0; i < 2000 && done < count; i++, done++) {
      const data = seeds[random(seeds.length)]!.slice();
      const small = data.length > 600 ? data.subarray(0, 600) : data;
      for (let changes = 1 + random(4); changes > 0; changes--)
        small[random(small.length)] = random(4) === 0 ? 255 : random(256);
      addRecord(buffer, random(8) === 0 ? small.subarray(0, random(small.length)) : small);
    }
    writeFileSync(join(logdir, "run", "events.out.tfevents.1.x"), buffer.bytes.subarray(0, buffer.length));
    let events = 0;
    for await (const run of tensorboardSource(logdir).runs()) {
      for await (const stream of run.streams()) for await (const batch of stream.read()) events += batch.length;
    }
    expect(events).toBeGreaterThan(0);
  }
});

test("damage is told as events that were lost, with file and bytes", async () => {
  const logdir = temporaryFolder();
  const bytes = smallFile();
  bytes[100]! ^= 1;
  writeFileSync(join(logdir, "events.out.tfevents.1.x"), bytes);
  const views: RunView[] = [];
  for await (const run of tensorboardSource(logdir).runs()) views.push(await fold(run));
  const [lost] = views[0]!.differences;
  expect(lost).toMatchObject({ grade: "lost", count: 1 });
  expect(lost?.example).toMatch(/events\.out\.tfevents\.1\.x, bytes \d+ to \d+$/);
});

test("a source changes nothing", async () => {
  const logdir = temporaryFolder();
  await forward({ journal: await hostileRun(), backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  const digest = () =>
    createHash("sha256")
      .update(JSON.stringify([...filesIn(logdir)]))
      .digest("hex");
  const before = digest();
  for await (const run of tensorboardSource(logdir).runs()) await fold(run);
  expect(digest()).toBe(before);
});
