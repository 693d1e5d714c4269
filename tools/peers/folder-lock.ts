import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const longestMs = 20 * 60_000;
const pollMs = 200;
const unnamedMs = 5_000;

/** Runs `work` while no other process of this machine holds the same lock, which is a folder with the holder's id. */
export async function withFolderLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const start = Date.now();
  while (!take(folder)) {
    if (isAbandoned(folder)) {
      rmSync(folder, { recursive: true, force: true });
    } else {
      if (Date.now() - start > longestMs) {
        throw new Error(`${folder} has been held by another process for 20 minutes. Is it stuck? If so, end it.`);
      }
      await wait(pollMs);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
  writeFileSync(join(folder, "process"), String(process.pid));
  return true;
}

/** Whether the holder has died. One that has not yet written its id gets some seconds to do so. */
function isAbandoned(folder: string): boolean {
  try {
    const holder = Number(readFileSync(join(folder, "process"), "utf8"));
    if (holder > 0) return !isAlive(holder);
    return Date.now() - statSync(folder).mtimeMs > unnamedMs;
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    const age = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    return age !== undefined && Date.now() - age > unnamedMs;
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
