import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * The folder of the store to use: RUNFERRY_DIR; else the nearest upwards, as `runferry/` or as the folder itself; else
 * `runferry/` here, which need not be there yet.
 */
export function findStore(from: string = process.cwd(), env: NodeJS.ProcessEnv = process.env): string {
  if (env.RUNFERRY_DIR) return resolve(from, env.RUNFERRY_DIR);
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (isStore(join(folder, "runferry"))) return join(folder, "runferry");
    if (isStore(folder)) return folder;
    if (dirname(folder) === folder) return resolve(from, "runferry");
  }
}

function isStore(folder: string): boolean {
  return existsSync(join(folder, "store.json"));
}
