import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { RunferryError } from "@runferry/core";
import type { SideEffects } from "./formats.ts";

/** Trouble that the system tells: a full disk, a missing permission. */
export function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && "syscall" in cause;
}

export function isMissing(cause: unknown): boolean {
  return isSystemError(cause) && cause.code === "ENOENT";
}

/** Makes a folder below `root`. A link on the way is not followed: it would lead out. */
export async function makeFolder(root: string, inner: string, effects: SideEffects): Promise<string> {
  const whole = join(root, inner);
  let folder = root;
  for (const part of inner.split("/")) {
    folder = join(folder, part);
    const info = await lstat(folder).catch((cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    });
    if (info?.isSymbolicLink()) throw linked(folder);
    if (info) continue;
    effects.point("make folder");
    await mkdir(whole, { recursive: true });
    break;
  }
  return whole;
}

/** Opens a file, never through a link. */
export async function openFile(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW);
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ELOOP") throw linked(path);
    throw cause;
  }
}

/** Puts a file there as a whole: whoever reads it finds the old one or the new. It is not synced: it can be made again. */
export async function placeFile(path: string, pieces: Iterable<Uint8Array>, effects: SideEffects): Promise<void> {
  const at = path.lastIndexOf(sep) + 1;
  const draft = `${path.slice(0, at)}.${path.slice(at)}.tmp`;
  effects.point("write file");
  const file = await openFile(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  try {
    let end = 0;
    for (const bytes of pieces) {
      await writeAll(file, bytes, end);
      end += bytes.length;
    }
  } finally {
    await file.close();
  }
  effects.point("place file");
  await rename(draft, path);
}

export async function removeFile(path: string, effects: SideEffects): Promise<void> {
  effects.point("remove file");
  await rm(path, { force: true });
}

export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** The names of the files, or of the folders, that are there; links are neither. */
export async function namesIn(folder: string, what: "files" | "folders"): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  const found = entries.filter((entry) => (what === "files" ? entry.isFile() : entry.isDirectory()));
  return found.map(({ name }) => name).sort();
}

function linked(path: string): RunferryError {
  return new RunferryError("bad_option", `${path} is a link, and is not followed`, {
    hint: "remove the link; to have the tables elsewhere, name that folder itself",
    data: "nothing was written there",
  });
}

/** After a power cut, or by another hand. The batch alone cannot fill the gap, and to go on behind it would hide it. */
export function gone(path: string, found: string): RunferryError {
  return new RunferryError("gone", `${path} ${found}`, {
    hint: "put it back, or deliver the run from its start again: it gets the same rows",
    data: "nothing was written; the run itself is whole",
  });
}

export function closedError(kind: string, dir: string): RunferryError {
  return new RunferryError("closed", `the backend ${kind}:${dir} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}

export function unwritable(dir: string, cause: NodeJS.ErrnoException): RunferryError {
  const isHopeless = ["EACCES", "EISDIR", "ENOTDIR", "EPERM", "EROFS"].includes(cause.code ?? "");
  return new RunferryError(isHopeless ? "bad_option" : "unavailable", `${dir} cannot be written: ${cause.message}`, {
    hint: isHopeless ? "name a folder that this user may write to" : "make room there, then deliver again",
    data: "what was delivered before is there; the rest is in the run",
    cause,
  });
}
