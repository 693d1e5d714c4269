import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { CrashPoints } from "../crash-points.ts";

/** Small, so that a crash can fall into the middle of a batch. */
const partBytes = 512;

// #region write-at
/** Makes the file end with these bytes at this offset. False, with nothing done, where it is shorter than that. */
export async function writeAt(path: string, offset: number, bytes: Uint8Array, crash: CrashPoints): Promise<boolean> {
  crash.point("make the folder");
  await mkdir(dirname(path), { recursive: true });
  crash.point("open the file");
  const file = await openAt(path, offset);
  if (!file) return false;
  try {
    if ((await file.stat()).size < offset) return false;
    crash.point("cut the file"); // a torn line, or one whose acceptance was never saved
    await file.truncate(offset);
    for (let from = 0; from < bytes.length; from += partBytes) {
      crash.point("append");
      await writeAll(file, bytes.subarray(from, from + partBytes), offset + from);
    }
    crash.point("sync");
    await file.datasync();
    return true;
  } finally {
    await file.close();
  }
}
// #endregion write-at

/** Made where it is not there, but only when nothing was written to it yet. */
async function openAt(path: string, offset: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR | (offset === 0 ? constants.O_CREAT : 0));
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

/** Trouble that the system tells: a full disk, a missing permission. */
export function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && "syscall" in cause;
}
