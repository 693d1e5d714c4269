// `node bench/wandb/write.mjs <rows>`: a run of so many rows of 4 values is delivered to a folder for `wandb sync`. Prints
// the rate, the bytes of the file, so that nobody gains by leaving something out, and the most memory that was in use.
import { globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward, memoryDeliveries } from "@runferry/core";
import { wandbOffline } from "../../packages/wandb/dist/index.js";
import { mostMemory } from "../../tools/most-memory.mjs";

const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;
const rows = Number(process.argv[2]);
const readAtOnce = 1024;

/**
 * The events come into being as they are read: none but those of a batch are in memory.
 * @type {import("@runferry/core").Journal}
 */
const journal = {
  run: id,
  async *streams() {
    yield {
      name: "main",
      async *read({ after = 0 } = {}) {
        for (let seq = after + 1; seq <= rows + 2; seq += readAtOnce) {
          yield Array.from({ length: Math.min(readAtOnce, rows + 3 - seq) }, (_, i) => eventAt(seq + i));
        }
      },
    };
  },
  // biome-ignore lint/correctness/useYield: it has no files
  async *open() {
    throw new Error("there are no files");
  },
};

/**
 * @param {number} seq
 * @returns {import("@runferry/core").Recorded}
 */
function eventAt(seq) {
  const at = startedAt + seq;
  if (seq === 1) {
    return { kind: "run.started", format: 1, id, name: "bench", experiment: "bench", createdAt: startedAt, seq, at };
  }
  if (seq === rows + 2) return { kind: "run.ended", status: "finished", seq, at };
  const step = seq - 2;
  const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
  return { kind: "metrics.logged", step, values, seq, at };
}

const dir = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const start = performance.now();
const result = await forward({ journal, backend: wandbOffline({ dir }), deliveries: memoryDeliveries() });
const seconds = (performance.now() - start) / 1000;
if (result.state !== "delivered") throw new Error(`the run is ${result.state}: ${result.cause}`);
const [log] = globSync("wandb/*/*.wandb", { cwd: dir });
const bytes = statSync(join(dir, log ?? "")).size;
rmSync(dir, { recursive: true });
console.log(JSON.stringify({ rate: rows / seconds, bytes, mib: mostMemory() / 1024 ** 2 }));
