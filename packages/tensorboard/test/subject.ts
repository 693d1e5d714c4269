import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunView } from "@runferry/core";
import type { BackendSubject } from "@runferry/testkit";
import { peer } from "../../../tools/peers/peer.ts";
import { tensorboard, tensorboardSource } from "../src/index.ts";
import { inspectLogdir } from "./seen-by-tensorboard.ts";

/** A folder of the system's own for temporary ones. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "runferry-tensorboard-"));
}

/** Every file below a folder, by its path, as text in which a byte is a character. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const paths = globSync("**", { cwd: folder, dot: true } as { cwd: string }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

export const tensorboardSubject: BackendSubject = {
  name: "tensorboard",
  async create() {
    const logdir = temporaryFolder();
    const found = peer("tensorboard");
    const python = "python" in found ? found.python : undefined;
    let seen: Promise<ReadonlyMap<string, RunView>> | undefined;
    const inspect = async (run: string): Promise<RunView> => {
      seen ??= inspectLogdir(python!, logdir);
      const view = (await seen).get(run);
      if (!view) throw new Error(`TensorBoard's reader sees no run ${run}`);
      return view;
    };
    return {
      ...(python === undefined ? {} : { inspect }),
      open: async (crash) => tensorboard({ logdir, effects: crash }),
      source: async () => tensorboardSource(logdir),
      dump: async () => [...filesIn(logdir)].flat().join("\n"),
      remove: async () => rmSync(logdir, { recursive: true, force: true }),
    };
  },
};

/** A copy of a logdir, to spoil. */
export function copyOf(folder: string): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Everything that comes, in one list. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
