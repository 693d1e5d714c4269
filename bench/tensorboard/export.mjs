// Part of bench/tensorboard.ts: exports ten million points from a journal on disk to event files, as `runferry export`
// will, in a process of its own that tells the most memory it ever took. The journal is written by another one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward } from "@runferry/core";
import { openStore } from "@runferry/local";
import { tensorboard } from "../../packages/tensorboard/dist/index.js";
import { mostMemory } from "../../tools/most-memory.mjs";

const points = 10_000_000;

/** @param {string} folder @param {number} each values in an event */
function writeJournal(folder, each) {
  const { writer } = openStore(folder, { durability: "buffered" }).createRun({ experiment: "export" });
  for (let step = 0; step < points / each; step++) {
    /** @type {Record<string, number>} */
    const values = {};
    for (let i = 0; i < each; i++) values[`train/m${i}`] = step / 3 + i;
    writer.tryAppend({ kind: "metrics.logged", step, values });
  }
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
}

/** @param {string} folder */
async function exportRun(folder) {
  const store = openStore(folder);
  const [id = ""] = store.ids();
  const logdir = join(folder, "tensorboard");
  const start = performance.now();
  const backend = tensorboard({ logdir });
  const { state } = await forward({ journal: store.run(id).journal, backend, deliveries: store.deliveries });
  const seconds = (performance.now() - start) / 1000;
  if (state !== "delivered") throw new Error(`the run is ${state}`);
  const files = readdirSync(logdir, { recursive: true }).map((path) => statSync(join(logdir, String(path))));
  const bytes = files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
  const residentBytes = mostMemory();
  console.log(JSON.stringify({ points, seconds, bytes, residentBytes }));
}

const [, script = "", what, folder = "", each = "10"] = process.argv;
if (what === "write") writeJournal(folder, Number(each));
else if (what === "export") await exportRun(folder);
else {
  const store = mkdtempSync(join(tmpdir(), "runferry-bench-"));
  const words = ["--disable-warning=ExperimentalWarning", script];
  /** @param {string[]} more */
  const run = (...more) =>
    spawnSync(process.execPath, [...words, ...more], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const ended = run("write", store, what ?? "10").status === 0 ? run("export", store) : undefined;
  rmSync(store, { recursive: true, force: true });
  if (ended?.status !== 0) throw new Error("the export failed");
  process.stdout.write(ended.stdout);
}
