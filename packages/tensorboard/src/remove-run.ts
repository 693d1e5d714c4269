import { mkdir, mkdtemp, readdir, rename, rmdir } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { isRunferryError } from "@runferry/core";
import { type FoundRun, findRuns } from "./find-runs.ts";
import { folderName } from "./folder-name.ts";
import { isEndFile } from "./run-folder.ts";

/**
 * Moves the event files of a run that runferry wrote to a folder in `<logdir>.trash`, where TensorBoard does not look.
 * Nothing else in its folder is touched. False where there is no such run.
 */
export async function removeRun(logdir: string, run: string): Promise<boolean> {
  const root = resolve(logdir);
  const own: FoundRun[] = [];
  try {
    for await (const found of findRuns(root)) if (found.id === run) own.push(found);
  } catch (cause) {
    if (!isRunferryError(cause, "not_found")) throw cause;
  }
  const paths = own.flatMap(({ files }) => files.map((file) => join(root, file)));
  const folders = new Set([...paths.map((path) => dirname(path)), ...own.map(({ folder }) => join(root, folder))]);
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (isEndFile(name) && name.includes(`.${folderName(run)}.`)) paths.push(join(folder, name));
    }
  }
  if (paths.length === 0) return false;
  const trash = await trashFor(root, run);
  for (const path of new Set(paths)) {
    const to = join(trash, relative(root, path));
    await mkdir(dirname(to), { recursive: true });
    await rename(path, to);
  }
  // The deepest first, and only what is empty now.
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => undefined);
  return true;
}

/** A new folder each time: what lies in the trash already is kept. */
async function trashFor(root: string, run: string): Promise<string> {
  await mkdir(`${root}.trash`, { recursive: true });
  return mkdtemp(join(`${root}.trash`, `${run}-`));
}
