import { dirname } from "node:path";
import { syncFolder } from "./atomic-file.ts";
import { type FileSystem, systemCode } from "./file-system.ts";
import { type Scanned, scanEnd } from "./scan.ts";

/** A file of whole lines, open for appending. What cannot be written leaves no trace in it. */
export interface LineFile {
  /** What was there when it was opened; what stood after the last whole line is cut off. */
  readonly found: Scanned;
  /** Appends whole lines, all or none. Gives the cause where it failed, and undefined where it did not. */
  append(lines: Uint8Array): Failure | undefined;
  /** Takes back the last `bytes`, which were appended but could not be made durable. */
  takeBack(bytes: number): void;
  /** Hands everything appended to the disk itself. */
  sync(): void;
  readonly fd: number;
  readonly size: number;
  /** How often each way to recover was taken. */
  readonly recoveries: Recoveries;
  close(): void;
}

export interface Failure {
  readonly cause: unknown;
}

export interface Recoveries {
  /** Torn ends that were cut off at opening. */
  tornCut: number;
  /** Writes that took fewer bytes than they were given, and were gone on with. */
  shortWrites: number;
  /** Failed writes whose first bytes were cut off again. */
  failedCut: number;
  /** Failed writes whose first bytes could only be cut off later. */
  cutLater: number;
}

export function openLineFile(fileSystem: FileSystem, path: string, durable: boolean): LineFile {
  const fd = fileSystem.openSync(path, "a+");
  const recoveries: Recoveries = { tornCut: 0, shortWrites: 0, failedCut: 0, cutLater: 0 };
  let found: Scanned;
  try {
    const bytes = fileSystem.fstatSync(fd).size;
    found = scanEnd(fileSystem, fd, bytes);
    if (found.wholeBytes < bytes) {
      fileSystem.ftruncateSync(fd, found.wholeBytes);
      recoveries.tornCut++;
    }
    if (durable) syncFolder(fileSystem, dirname(path));
  } catch (cause) {
    fileSystem.closeSync(fd);
    throw cause;
  }
  let size = found.wholeBytes;
  let dirty = false; // bytes of a failed write stand after `size`

  function append(lines: Uint8Array): Failure | undefined {
    let done = 0;
    try {
      if (dirty) cut("cutLater");
      done = fileSystem.writeSync(fd, lines, 0, lines.length);
      while (done < lines.length) {
        recoveries.shortWrites++;
        done += fileSystem.writeSync(fd, lines, done, lines.length - done);
      }
      size += done;
      return undefined;
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      dirty = dirty || done > 0;
      if (done > 0) tryCut();
      return { cause };
    }
  }

  function tryCut(): void {
    try {
      cut("failedCut");
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause;
      dirty = true; // the next append cuts first
    }
  }

  function cut(how: "failedCut" | "cutLater"): void {
    fileSystem.ftruncateSync(fd, size);
    recoveries[how]++;
    dirty = false;
  }

  return {
    found,
    append,
    takeBack(bytes) {
      size -= bytes;
      dirty = true;
      tryCut();
    },
    sync: () => fileSystem.fdatasyncSync(fd),
    fd,
    get size() {
      return size;
    },
    recoveries,
    close() {
      if (dirty) tryCut();
      fileSystem.closeSync(fd);
    },
  };
}
