// Rows written into a .wandb file: ours, of a run that is delivered whole, and those of W&B's own client without a network.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { glob } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward, type Journal, memoryDeliveries, type Recorded } from "../../packages/core/dist/index.js";
import { wandbOffline } from "../../packages/wandb/dist/index.js";
import { peer } from "../../tools/peers/peer.ts";

const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;
const batchEvents = 4096;

/** A run of so many rows of 4 values, which come into being as they are read. */
function longRun(rows: number): Journal {
  return {
    run: id,
    async *streams() {
      yield {
        name: "main",
        async *read({ after = 0 } = {}) {
          for (let seq = after + 1; seq <= rows + 2; seq += batchEvents) {
            yield Array.from({ length: Math.min(batchEvents, rows + 3 - seq) }, (_, i) => eventAt(seq + i, rows));
          }
        },
      };
    },
    // biome-ignore lint/correctness/useYield: it has no files
    async *open() {
      throw new Error("there are no files");
    },
  };
}

function eventAt(seq: number, rows: number): Recorded {
  const at = startedAt + seq;
  if (seq === 1)
    return { kind: "run.started", format: 1, id, name: "bench", experiment: "bench", createdAt: startedAt, seq, at };
  if (seq === rows + 2) return { kind: "run.ended", status: "finished", seq, at };
  const step = seq - 2;
  const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
  return { kind: "metrics.logged", step, values, seq, at };
}

/** Rows a second; with the size of the file, so that nobody gains by leaving something out. */
export async function writeOurs(rows: number): Promise<{ readonly rate: number; readonly bytes: number }> {
  const dir = mkdtempSync(join(tmpdir(), "runferry-bench-"));
  const start = performance.now();
  const result = await forward({
    journal: longRun(rows),
    backend: wandbOffline({ dir }),
    deliveries: memoryDeliveries(),
  });
  const seconds = (performance.now() - start) / 1000;
  if (result.state !== "delivered") throw new Error(`our run is ${result.state}: ${result.cause}`);
  let bytes = 0;
  for await (const path of glob("wandb/*/*.wandb", { cwd: dir })) bytes += statSync(join(dir, path)).size;
  rmSync(dir, { recursive: true });
  return { rate: rows / seconds, bytes };
}

/** The same by W&B's client, until all is closed; undefined where it is not installed. */
export function writeTheirs(rows: number): number | undefined {
  const found = peer("wandb");
  if (!("python" in found)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
  const script = join(import.meta.dirname, "..", "peers", "with_wandb.py");
  const env = { PATH: process.env.PATH, HOME: folder, WANDB_MODE: "offline", WANDB_ERROR_REPORTING: "false" };
  const ended = spawnSync(found.python, [script, "rate", folder, String(rows)], { encoding: "utf8", env });
  const seconds = Number(ended.stdout.trim().split("\n").at(-1)?.split(" ").at(-1));
  rmSync(folder, { recursive: true, force: true });
  if (!(seconds > 0)) throw new Error(`wandb failed: ${ended.stderr}`);
  return rows / seconds;
}
