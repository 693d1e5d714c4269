import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunView } from "@runferry/core";
import type { BackendSubject } from "@runferry/testkit";
import { peer } from "../../../../tools/peers/peer.ts";
import { wandbOffline, wandbOfflineSource } from "../../src/index.ts";
import { inspectSynced } from "./seen-by-sync.ts";

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
  // Of ten thousand defined metrics W&B's client sends all the definitions again with each one.
  sizes: { names: 1000 },
  async create() {
    const dir = temporaryFolder();
    const found = peer("wandb");
    let seen: Promise<ReadonlyMap<string, RunView>> | undefined;
    const inspect = async (run: string): Promise<RunView> => {
      seen ??= inspectSynced("python" in found ? found.python : "", dir);
      const view = (await seen).get(run);
      if (!view) throw new Error(`after wandb sync the server has no run ${run}`);
      return view;
    };
    return {
      ...("python" in found ? { inspect } : {}),
      open: async (crash) => wandbOffline({ dir, effects: crash }),
      source: async () => wandbOfflineSource(dir),
      dump: async () => [...filesIn(dir)].flat().join("\n"),
      remove: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
};
