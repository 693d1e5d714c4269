import { mkdir, mkdtemp, rename, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { namesIn } from "./files.ts";
import { kindOfFolder } from "./marker.ts";
import { partitionValue } from "./partition.ts";

/**
 * Moves the rows of a run in all tables to a folder in `<dir>.trash`, which no pattern over the tables finds. False where
 * there is no such run.
 */
export async function removeRun(dir: string, run: string): Promise<boolean> {
  const root = resolve(dir);
  if ((await kindOfFolder(root)) === undefined) return false;
  const own = `run=${partitionValue(run)}`;
  const found: string[] = [];
  for (const table of await namesIn(root, "folders")) {
    for (const experiment of await namesIn(join(root, table), "folders")) {
      const inner = join(table, experiment, own);
      if (await isFolder(join(root, inner))) found.push(inner);
    }
  }
  if (found.length === 0) return false;
  await mkdir(`${root}.trash`, { recursive: true });
  const trash = await mkdtemp(join(`${root}.trash`, `${run}-`)); // a new one each time: what lies there already is kept
  for (const inner of found) {
    await mkdir(dirname(join(trash, inner)), { recursive: true });
    await rename(join(root, inner), join(trash, inner));
    await rmdir(dirname(join(root, inner))).catch(() => undefined); // the experiment, where nothing else is in it
  }
  return true;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}
