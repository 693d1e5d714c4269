import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendSubject } from "@runferry/testkit";
import { tensorboard, tensorboardSource } from "../src/index.ts";

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
    return {
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
