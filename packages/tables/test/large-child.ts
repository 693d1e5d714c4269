// Delivers a run with many points and reads it back, and tells the most memory and the time that each took. The points
// are made as they are asked for, so that all memory is the package's own.
import { forward, type Journal, memoryDeliveries, type Recorded } from "@runferry/core";
import { mostMemory } from "../../../tools/most-memory.mjs";
import { csv, csvSource, parquet, parquetSource } from "../dist/index.js";

const [kind = "csv", dir = "", steps = "1", perStep = "4"] = process.argv.slice(2);
const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;

function* events(): Generator<readonly Recorded[]> {
  const head = { format: 1, id, name: "large", experiment: "e", createdAt: startedAt };
  yield [{ kind: "run.started", seq: 1, at: startedAt, ...head }];
  let chunk: Recorded[] = [];
  for (let step = 0; step < Number(steps); step++) {
    const values: { [name: string]: number } = {};
    for (let i = 0; i < Number(perStep); i++) values[`metric/${i}`] = Math.sin(step + i);
    chunk.push({ kind: "metrics.logged", seq: step + 2, at: startedAt + step * 1.25, step, values });
    if (chunk.length < 1000) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
  yield [{ kind: "run.ended", seq: Number(steps) + 2, at: startedAt + Number(steps) * 2, status: "finished" }];
}

const journal: Journal = {
  run: id,
  async *streams() {
    yield {
      name: "main",
      async *read() {
        yield* events();
      },
    };
  },
  // biome-ignore lint/correctness/useYield: there are no files
  async *open() {
    throw new Error("no files");
  },
};

const begun = performance.now();
const open = kind === "csv" ? csv : parquet;
const { state, cause } = await forward({ journal, backend: open({ dir }), deliveries: memoryDeliveries() });
const writingMs = performance.now() - begun;
const writingBytes = mostMemory();

let points = 0;
const reading = performance.now();
for await (const run of (kind === "csv" ? csvSource : parquetSource)(dir).runs()) {
  for await (const stream of run.streams()) {
    for await (const some of stream.read()) {
      for (const event of some) if (event.kind === "metrics.logged") points += Object.keys(event.values).length;
    }
  }
}
const readingMs = performance.now() - reading;
const readingBytes = mostMemory();
console.log(JSON.stringify({ state, cause, points, writingMs, writingBytes, readingMs, readingBytes }));
