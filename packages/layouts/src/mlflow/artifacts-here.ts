import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { problemOfPath } from "@runferry/core";
import type { ReadableArtifacts } from "@runferry/mlflow/records";
import { fileBytes, filesBelow, within } from "../run/folder-files.ts";
import type { Losses } from "../run/losses.ts";
import type { ArtifactPlace } from "./artifact-places.ts";

/** The files of a run on this machine, read as those of a server are. */
export interface ArtifactsHere extends ReadableArtifacts {
  /** Undefined where there is no such file. */
  locate(root: string, path: string): Promise<string | undefined>;
}

/** `place` says where the artifacts of an address are. */
export function artifactsHere(place: (root: string) => Promise<ArtifactPlace>, losses: Losses): ArtifactsHere {
  async function find(root: string, path: string) {
    const there = await place(root);
    if ("away" in there || there.folder === undefined || problemOfPath(path) !== undefined) return undefined;
    const from = join(there.folder, path);
    const stats = await within(from, await realpath(there.folder));
    return typeof stats !== "string" && stats.isFile() ? { from, bytes: stats.size } : undefined;
  }

  return {
    async *listAll(root) {
      const there = await place(root);
      if ("away" in there) {
        const hint = "say where they lie now with --artifact-root <there>=<folder>";
        losses.add(`files of the run are not here: ${hint}`, there.away);
      } else if (there.folder !== undefined) {
        for await (const { path, bytes } of filesBelow(there.folder, there.folder, losses)) {
          yield { path, is_dir: false, file_size: bytes };
        }
      }
    },
    async *get(root, path, { start = 0 } = {}) {
      const found = await find(root, path);
      if (found) yield* fileBytes(found.from, found.bytes, start);
    },
    sizeOf: async (root, path) => (await find(root, path))?.bytes,
    locate: async (root, path) => (await find(root, path))?.from,
  };
}
