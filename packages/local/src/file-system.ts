import fs from "node:fs";

/**
 * What the store asks of a file system: Node's own functions, so that a test can put faults in their place. Code in this
 * package calls nothing else that touches the disk.
 */
export type FileSystem = Pick<
  typeof fs,
  | "openSync"
  | "closeSync"
  | "readSync"
  | "writeSync"
  | "read"
  | "write"
  | "ftruncateSync"
  | "fdatasyncSync"
  | "fsyncSync"
  | "fstatSync"
  | "statSync"
  | "lstatSync"
  | "realpathSync"
  | "readFileSync"
  | "readdirSync"
  | "mkdirSync"
  | "renameSync"
  | "linkSync"
  | "unlinkSync"
  | "rmSync"
  | "copyFileSync"
  | "utimesSync"
>;

export const nodeFileSystem: FileSystem = fs;

/** The code of a failure of the file system (`ENOENT`, `ENOSPC` …), or undefined for every other error. */
export function systemCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("syscall" in cause) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

/** Runs `read` and gives undefined where the file or folder is not there. */
export function ifPresent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    const code = systemCode(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
}

export function removeIfPresent(fileSystem: FileSystem, path: string): void {
  ifPresent(() => fileSystem.unlinkSync(path));
}

/** The names in a folder, none where there is no folder. */
export function namesIn(fileSystem: FileSystem, folder: string): readonly string[] {
  return ifPresent(() => fileSystem.readdirSync(folder)) ?? [];
}

export function readInto(
  fileSystem: FileSystem,
  fd: number,
  buffer: Uint8Array,
  offset: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    fileSystem.read(fd, buffer, offset, buffer.length - offset, position, (cause, bytes) =>
      cause ? reject(cause) : resolve(bytes),
    );
  });
}

/** Writes all bytes, however many calls that takes. */
export async function writeWhole(fileSystem: FileSystem, fd: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += await new Promise<number>((resolve, reject) => {
      fileSystem.write(fd, bytes, done, bytes.length - done, null, (cause, written) =>
        cause ? reject(cause) : resolve(written),
      );
    });
  }
}
