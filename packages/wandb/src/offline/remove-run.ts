import { mkdir, mkdtemp, rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isRunferryError } from "@runferry/core";
import { findRuns } from "./find-runs.ts";

/** Moves the folders of a run that runferry wrote to a folder in `<dir>.trash`. False where there is no such run. */
export async function removeOfflineRun(dir: string, run: string): Promise<boolean> {
  const root = resolve(dir);
  const all = await findRuns(root).catch((cause: unknown) => {
    if (isRunferryError(cause, "not_found")) return [];
    throw cause;
  });
  const found = all.find(({ id, isOwn }) => isOwn && id === run);
  if (!found) return false;
  await mkdir(`${root}.trash`, { recursive: true });
  const trash = await mkdtemp(join(`${root}.trash`, `${run}-`)); // what lies there already is kept
  const logs = [...found.streams.values()].flatMap((files) => files.map(({ path }) => dirname(path)));
  for (const folder of new Set(logs)) await rename(folder, join(trash, basename(folder)));
  return true;
}
