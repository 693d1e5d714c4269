import type { Dirent } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { getOrCreate, isRunferryError } from "@runferry/core";
import { findRuns } from "./find-runs.ts";
import { folderName } from "./folder-name.ts";
import { largeFolder } from "./places.ts";
import { isEndFile, ownIdOf } from "./run-folder.ts";

/** Takes runs that runferry wrote out of a logdir. False where there is no such run. */
export type RemoveRun = (run: string) => Promise<boolean>;

/**
 * Moves the event files of a run to a folder in `<logdir>.trash`, where TensorBoard does not look. Nothing else in its
 * folder is touched. The logdir is listed for the first run, and for one that was not there then.
 */
export function createRemoveRun(logdir: string): RemoveRun {
  const root = resolve(logdir);
  let known = new Map<string, readonly string[]>();

  return async (run) => {
    if (!known.has(run)) known = await foldersOfRuns(root);
    const own = known.get(run) ?? [];
    known.delete(run);
    const paths: string[] = [];
    for (const folder of own) paths.push(...(await filesOf(run, folder)));
    if (paths.length === 0) return false;
    const trash = await trashFor(root, run);
    for (const path of paths) {
      const to = join(trash, relative(root, path));
      await mkdir(dirname(to), { recursive: true });
      await rename(path, to);
    }
    // The deepest first, and only what is empty now.
    const folders = new Set([...paths.map((path) => dirname(path)), ...own]);
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => undefined);
    return true;
  };
}

/** By the id of a run, where its files lie. */
async function foldersOfRuns(root: string): Promise<Map<string, readonly string[]>> {
  const folders = new Map<string, string[]>();
  try {
    for await (const { id, folder } of findRuns(root)) {
      if (id === undefined) continue;
      const own = join(root, folder);
      getOrCreate(folders, id, () => []).push(own, own + largeFolder);
    }
  } catch (cause) {
    if (!isRunferryError(cause, "not_found")) throw cause;
  }
  return folders;
}

async function filesOf(run: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((): Dirent[] => []);
  const isOwn = (name: string) => ownIdOf(name) === run || (isEndFile(name) && name.includes(`.${folderName(run)}.`));
  return entries.flatMap(({ name, parentPath }) => (isOwn(name) ? join(parentPath, name) : []));
}

/** A new folder each time: what lies in the trash already is kept. */
async function trashFor(root: string, run: string): Promise<string> {
  await mkdir(`${root}.trash`, { recursive: true });
  return mkdtemp(join(`${root}.trash`, `${run}-`));
}
