import { createRecovery, type Recorded } from "@runferry/core";
import type { FileSystem } from "./file-system.ts";

/** What an appender has to know of a journal file. */
export interface Scanned {
  /** The last event, or the damage after it, in numbers. */
  readonly last: { readonly seq: number; readonly at: number };
  /** Where the last whole line ends. */
  readonly wholeBytes: number;
  /** The last event that could be read. */
  readonly lastEvent: Recorded | undefined;
}

export const chunkBytes: number = 256 * 1024;
const shortTail = 4096;
const tailBytes = 1024 * 1024;
const newline = 10;

/** Finds the end of a journal file, from its tail where that says enough. */
export function scanEnd(fileSystem: FileSystem, fd: number, size: number, mostTail: number = tailBytes): Scanned {
  // The last lines say it almost always.
  for (const tail of [shortTail, mostTail]) {
    if (size <= tail) continue;
    const bytes = readRange(fileSystem, fd, size - tail, size);
    const start = bytes.indexOf(newline) + 1;
    if (start > 0) {
      const scanned = scanBytes([bytes.subarray(start)]);
      if (scanned.lastEvent) return { ...scanned, wholeBytes: size - bytes.length + start + scanned.wholeBytes };
    }
  }
  return scanBytes(chunksOf(fileSystem, fd, size));
}

function scanBytes(chunks: Iterable<Uint8Array>): Scanned {
  const recovery = createRecovery("journal");
  let lastEvent: Recorded | undefined;
  for (const chunk of chunks) lastEvent = recovery.push(chunk).events.at(-1) ?? lastEvent;
  return { last: recovery.last, wholeBytes: recovery.wholeBytes, lastEvent };
}

/** Every readable event of a file, a chunk at a time; gaps are events. */
export function* eventsIn(
  fileSystem: FileSystem,
  fd: number,
  size: number,
  name: string = "journal",
): Iterable<Recorded> {
  const recovery = createRecovery(name);
  for (const chunk of chunksOf(fileSystem, fd, size)) yield* recovery.push(chunk).events;
  yield* recovery.end().events;
}

function* chunksOf(fileSystem: FileSystem, fd: number, size: number): Iterable<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size)); // most journals are small, and there are many
  for (let at = 0; at < size; ) {
    const read = fileSystem.readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at);
    if (read === 0) return;
    yield buffer.subarray(0, read);
    at += read;
  }
}

/** The bytes from `from` to `to`, or fewer where the file ends before. */
export function readRange(fileSystem: FileSystem, fd: number, from: number, to: number): Buffer {
  const buffer = Buffer.allocUnsafe(to - from);
  let done = 0;
  while (done < buffer.length) {
    const read = fileSystem.readSync(fd, buffer, done, buffer.length - done, from + done);
    if (read === 0) break;
    done += read;
  }
  return buffer.subarray(0, done);
}
