import { join, resolve } from "node:path";
import { defaultStoreName, findStore } from "@runferry/local";
import { readConfig } from "@runferry/tracker";

/** The store that a command is about: `--dir`, RUNFERRY_DIR, `runferry.yaml`, or the nearest one upwards. */
export function storeFolder(dir: string | undefined, env: NodeJS.ProcessEnv, cwd: string): string {
  const told = dir ?? (env.RUNFERRY_DIR || undefined) ?? readConfig(cwd)?.dir;
  return told === undefined ? (findStore(cwd) ?? join(cwd, defaultStoreName)) : resolve(cwd, told);
}
