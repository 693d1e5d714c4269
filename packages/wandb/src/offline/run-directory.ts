import { join } from "node:path";
import { sha256 } from "../hash.ts";
import type { RunFields } from "../mapping/index.ts";

/** The folder of one run, as `wandb sync` looks for it, and what is in it. */
export interface RunDirectory {
  readonly folder: string;
  /** The .wandb file. */
  readonly log: string;
  /** Made by `wandb sync` once everything is uploaded. */
  readonly synced: string;
  /** Files of the run, under the paths they have at W&B. */
  readonly files: string;
  /** What artifacts are made of, by the hash of the bytes. */
  readonly artifacts: string;
}

/** `<dir>/wandb/offline-run-20260101_000000-<run id>`, the time in UTC so that it is the same everywhere. */
export function runDirectory(dir: string, { id, startedAt }: Pick<RunFields, "id" | "startedAt">): RunDirectory {
  const label = labelOf(id);
  const time = new Date(Math.max(0, Math.min(startedAt, latest))).toISOString().replace(/\..*|[-:]/g, "");
  const folder = join(dir, "wandb", `offline-run-${time.replace("T", "_")}-${label}`);
  const log = join(folder, `run-${label}.wandb`);
  return { folder, log, synced: `${log}.synced`, files: join(folder, "files"), artifacts: join(folder, "artifacts") };
}

const latest = Date.UTC(9999, 11, 31);

/** A run id within a file name. What is not plain is told apart by a hash; the id itself stands in the file. */
function labelOf(id: string): string {
  const plain = id.replace(/[^A-Za-z0-9_.-]/g, "_").slice(0, 80);
  return plain === id ? id : `${plain}~${sha256(id).slice(0, 12)}`;
}
