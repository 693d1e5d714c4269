import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isRunferryError } from "@runferry/core";
import { findRuns } from "./find-runs.ts";

/**
 * Moves the folders of a run that runferry wrote to a folder in `<dir>.trash`. False where there is no such run. What is
 * there is listed for the first run, and for one that was not there then.
 */
export function createRemoveOfflineRun(dir: string): (run: string) => Promise<boolean> {
  const root = resolve(dir);
  let known = new Map<string, readonly string[]>();

  return async (run) => {
    if (!known.has(run)) known = await foldersOfRuns(root);
    const folders = known.get(run);
    if (folders === undefined) return false;
    await mkdir(`${root}.trash`, { recursive: true });
    const trash = await mkdtemp(join(`${root}.trash`, `${run}-`)); // what lies there already is kept
    for (const folder of folders) await rename(folder, join(trash, basename(folder)));
    known.delete(run);
    return true;
  };
}

/** By the id of a run that runferry wrote, the folders of its streams. */
async function foldersOfRuns(root: string): Promise<Map<string, readonly string[]>> {
  const all = await findRuns(root).catch((cause: unknown) => {
    if (isRunferryError(cause, "not_found")) return [];
    throw cause;
  });
  return new Map(
    all.flatMap(({ id, isOwn, streams }) => {
      const logs = [...streams.values()].flatMap((files) => files.map(({ path }) => dirname(path)));
      return isOwn ? [[id, [...new Set(logs)]] as const] : [];
    }),
  );
}
