// Delivers a large file or many points from a store on disk to a server, and tells the most memory that took. The store is
// written by another process.
import { setFlagsFromString } from "node:v8";
import { forward } from "@runferry/core";
import { openStore } from "@runferry/local";
import { mostMemory } from "../../../tools/most-memory.mjs";
import { mlflow } from "../dist/index.js";

const [what = "", folder = "", amount = "1", uri = ""] = process.argv.slice(2);

/** Bytes that say where they stand, so that none can be missing, doubled or elsewhere. */
function* bytesFrom(length: number): Generator<Uint8Array> {
  const chunk = Buffer.alloc(1024 * 1024, "runferry");
  for (let at = 0; at < length; at += chunk.length) {
    chunk.writeDoubleLE(at);
    yield chunk.subarray(0, Math.min(chunk.length, length - at));
  }
}

async function writeRunWithFile(bytes: number): Promise<void> {
  const { run, writer } = openStore(folder).createRun({ experiment: "large" });
  async function* content() {
    for (const part of bytesFrom(bytes)) yield Buffer.from(part);
  }
  const { file } = await run.putArtifact(content(), "model/weights.bin");
  writer.append({ kind: "artifact.logged", file });
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
}

function writeRunWithPoints(points: number): void {
  const { writer } = openStore(folder, { durability: "buffered" }).createRun({ experiment: "large" });
  for (let step = 0; step < points / 10; step++) {
    const values: { [name: string]: number } = {};
    for (let i = 0; i < 10; i++) values[`train/m${i}`] = step / 16 + i;
    writer.append({ kind: "metrics.logged", step, values });
  }
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
}

async function deliver(): Promise<void> {
  setFlagsFromString("--heap-growing-percent=20"); // as the command and the delivery process do
  const store = openStore(folder);
  const backend = mlflow({ uri, env: {} });
  const start = performance.now();
  const { state, delivery, cause } = await forward({
    journal: store.run(store.ids()[0]!).journal,
    backend,
    deliveries: store.deliveries,
  });
  await backend.close();
  const seconds = (performance.now() - start) / 1000;
  const residentBytes = mostMemory();
  console.log(JSON.stringify({ state, cause, remote: delivery.remote?.id, seconds, residentBytes }));
}

if (what === "file") await writeRunWithFile(Number(amount));
else if (what === "points") writeRunWithPoints(Number(amount));
else await deliver();
