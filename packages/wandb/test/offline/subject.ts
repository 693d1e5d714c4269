import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackendSubject } from "@runferry/testkit";
import { wandbOffline, wandbOfflineSource } from "../../src/index.ts";

/** A folder of the system's own for temporary ones. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "runferry-wandb-"));
}

/** Every file below a folder, by its path, as text in which a byte is a character. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const paths = globSync("**", { cwd: folder, dot: true } as { cwd: string }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

export const offlineSubject: BackendSubject = {
  name: "wandb-offline",
  async create() {
    const dir = temporaryFolder();
    return {
      open: async (crash) => wandbOffline({ dir, effects: crash }),
      source: async () => wandbOfflineSource(dir),
      dump: async () => [...filesIn(dir)].flat().join("\n"),
      remove: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
};
