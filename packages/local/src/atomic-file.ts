import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { type FileSystem, removeIfPresent, systemCode } from "./file-system.ts";

export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
}

/** A file left by a writer that died before its rename; it can be removed at any time. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

/** Replaces the file as a whole: whoever reads it finds the old or the new, also after a power cut. */
export function writeAtomically(fileSystem: FileSystem, path: string, text: string): void {
  replaceForNow(fileSystem, path, text, syncFile);
  syncFolder(fileSystem, dirname(path));
}

/** The same, but for a power cut: that may bring the old file back, or leave an empty one. */
export function replaceForNow(
  fileSystem: FileSystem,
  path: string,
  text: string,
  finish: (fileSystem: FileSystem, fd: number) => void = () => undefined,
): void {
  const temporary = temporaryName(path);
  try {
    writeNew(fileSystem, temporary, text, finish);
    fileSystem.renameSync(temporary, path);
  } catch (cause) {
    discard(fileSystem, temporary, cause);
  }
}

/** Creates the file with its content at once. Says false where it is there already, which is then left alone. */
export function createWhole(fileSystem: FileSystem, path: string, text: string): boolean {
  const created = createForNow(fileSystem, path, text, syncFile);
  if (created) syncFolder(fileSystem, dirname(path));
  return created;
}

/** The same for what a power cut makes void in any case; where it does not survive one, it may be there and empty. */
export function createForNow(
  fileSystem: FileSystem,
  path: string,
  text: string,
  finish: (fileSystem: FileSystem, fd: number) => void = () => undefined,
): boolean {
  const temporary = temporaryName(path);
  try {
    writeNew(fileSystem, temporary, text, finish);
    const created = linkInto(fileSystem, temporary, path, text);
    fileSystem.unlinkSync(temporary);
    return created;
  } catch (cause) {
    return discard(fileSystem, temporary, cause);
  }
}

/** Creates an empty file. Says false where it is there already. */
export function claim(fileSystem: FileSystem, path: string): boolean {
  return createExclusively(fileSystem, path, "");
}

function linkInto(fileSystem: FileSystem, temporary: string, path: string, text: string): boolean {
  try {
    fileSystem.linkSync(temporary, path);
    return true;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "EEXIST") return false;
    // Some file systems (exFAT, many network shares) have no hard links.
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") return createExclusively(fileSystem, path, text);
    throw cause;
  }
}

function createExclusively(fileSystem: FileSystem, path: string, text: string): boolean {
  let fd: number;
  try {
    fd = fileSystem.openSync(path, "wx");
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
  try {
    writeText(fileSystem, fd, text);
  } finally {
    fileSystem.closeSync(fd);
  }
  return true;
}

function writeNew(
  fileSystem: FileSystem,
  path: string,
  text: string,
  finish: (fileSystem: FileSystem, fd: number) => void,
): void {
  const fd = fileSystem.openSync(path, "wx");
  try {
    writeText(fileSystem, fd, text);
    finish(fileSystem, fd);
  } finally {
    fileSystem.closeSync(fd);
  }
}

function syncFile(fileSystem: FileSystem, fd: number): void {
  fileSystem.fsyncSync(fd);
}

/** All of a text, however little of it one call takes. */
export function writeText(fileSystem: FileSystem, fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += fileSystem.writeSync(fd, bytes, done, bytes.length - done);
}

/** Makes the names in a folder survive a power cut; for a file, its bytes. */
export function syncFolder(fileSystem: FileSystem, folder: string): void {
  const fd = fileSystem.openSync(folder, "r");
  try {
    fileSystem.fsyncSync(fd);
  } catch (cause) {
    // Some network file systems do not let a folder be synced; they order the names themselves.
    if (!["EINVAL", "EBADF", "ENOTSUP", "EISDIR"].includes(systemCode(cause) ?? "")) throw cause;
  } finally {
    fileSystem.closeSync(fd);
  }
}

/** Removes the temporary file of a failed write and throws what made it fail. */
function discard(fileSystem: FileSystem, temporary: string, cause: unknown): never {
  if (systemCode(cause) !== undefined) removeIfPresent(fileSystem, temporary);
  throw cause;
}
