// `npm run bench -- tensorboard [--json]`: event files written and read, beside TensorBoard's own writer and readers and
// tensorboardX, each by its ordinary public calls, in alternation. Medians of the rates in scalars a second.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEventFile, createEventReader } from "../packages/tensorboard/dist/index.js";
import { peer } from "../tools/peers/peer.ts";

const rounds = 5;
const steps = 100_000;
const names = Array.from({ length: 10 }, (_, i) => `train/m${i}`);
const script = join(import.meta.dirname, "tensorboard", "peers.py");
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));

type Measure = { readonly name: string; readonly run: () => number | undefined };

/** Scalars a second of `work`, which handles `count`. */
function rate(count: number, work: () => void): number {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  work();
  return count / (Number(process.hrtime.bigint() - start) / 1e9);
}

function writeFile(name: string, batched: boolean): string {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  const path = join(at, "events.out.tfevents.1732181400.bench.0.0");
  const file = openSync(path, "w");
  const events = createEventFile({ wallTime: 1_732_181_400, write: (bytes) => writeSync(file, bytes) });
  for (let step = 0; step < steps; step++) {
    const options = { wallTime: 1_732_181_400 + step / 1000, step };
    if (batched) {
      const values: { [tag: string]: number } = {};
      for (let i = 0; i < names.length; i++) values[names[i]!] = step + i / 16;
      events.scalars(values, options);
    } else {
      for (let i = 0; i < names.length; i++) events.scalar(names[i]!, step + i / 16, options);
    }
  }
  events.flush();
  closeSync(file);
  return path;
}

function readFile(path: string): void {
  let count = 0;
  const reader = createEventReader({
    scalars: (found) => {
      count += found.count;
    },
    event: (event) => {
      if (event.fileVersion === undefined) throw new Error("an event that was not written");
    },
    damage: (reason) => {
      throw new Error(reason);
    },
  });
  const file = openSync(path, "r");
  const chunk = new Uint8Array(256 * 1024);
  for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk))
    reader.push(chunk.subarray(0, bytes));
  reader.end();
  closeSync(file);
  if (count !== steps * names.length) throw new Error(`${count} scalars were read`);
}

/** What a Python peer measured of itself, or undefined where it is not installed. */
function askPeer(part: string, ...words: readonly string[]): number | undefined {
  const found = peer(part);
  if (!("python" in found)) return undefined;
  const ended = spawnSync(found.python, ["-W", "ignore", script, ...words], { encoding: "utf8" });
  const value = Number(ended.stdout.trim().split("\n").at(-1));
  if (!(value > 0)) throw new Error(`${part} ${words.join(" ")} failed: ${ended.stderr}`);
  return value;
}

const total = steps * names.length;
const single = writeFile("single", false);
const batched = writeFile("batched", true);
const measures: readonly Measure[] = [
  { name: "write, one scalar an event", run: () => rate(total, () => writeFile("single", false)) },
  { name: "write, ten scalars an event", run: () => rate(total, () => writeFile("batched", true)) },
  { name: "write, tensorboard", run: () => askPeer("tensorboard", "write", join(folder, "tb")) },
  { name: "write, tensorboardX", run: () => askPeer("tensorboardx", "writex", join(folder, "tbx")) },
  { name: "read with checksums, one an event", run: () => rate(total, () => readFile(single)) },
  { name: "read with checksums, ten an event", run: () => rate(total, () => readFile(batched)) },
  {
    name: "read, EventAccumulator, ten an event",
    run: () => askPeer("tensorboard", "read", join(folder, "batched"), String(total)),
  },
  {
    name: "read, rustboard, one an event",
    run: () => askPeer("tensorboard", "rust", join(folder, "single"), String(total)),
  },
  {
    name: "read, rustboard --checksum, one an event",
    run: () => askPeer("tensorboard", "rustcrc", join(folder, "single"), String(total)),
  },
];

const rates = new Map<string, number[]>(measures.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const { name, run } of measures) {
    const value = run();
    if (value !== undefined) rates.get(name)!.push(value);
  }
}
const medians = [...rates].map(([name, all]) => ({ name, perSecond: all.sort((a, b) => a - b)[all.length >> 1] }));
if (process.argv.includes("--json")) {
  const bytes = { single: readFileSync(single).length, batched: readFileSync(batched).length };
  console.log(JSON.stringify({ bench: "tensorboard", scalars: total, rounds, bytes, medians }, undefined, 2));
} else {
  for (const { name, perSecond } of medians) {
    console.log(
      `${name.padEnd(42)} ${perSecond === undefined ? "not installed" : `${(perSecond / 1e6).toFixed(3)} M/s`}`,
    );
  }
}
rmSync(folder, { recursive: true, force: true });
