import { setImmediate } from "node:timers/promises";
import {
  type Clock,
  createRecovery,
  maxLineBytes,
  type ReadOptions,
  type Recorded,
  RunferryError,
} from "@runferry/core";
import { type FileSystem, ifPresent } from "./file-system.ts";
import { chunkBytes } from "./scan.ts";

export interface StreamFile {
  readonly fileSystem: FileSystem;
  readonly path: string;
  /** What messages call it, e.g. `journal/main.ndjson`. */
  readonly name: string;
  readonly clock: Clock;
  /** Whether the event is the last of the stream. */
  endsWith(event: Recorded): boolean;
  /** Whether nothing more will come, judged from outside the file: asked now and then while following. */
  isOver(lastSeq: number): boolean;
}

const shortestPauseMs = 2;
const longestPauseMs = 200;
/** Asking whether a stream is over reads other files: not at every look. */
const askEveryMs = 500;
/** Who only asks how a run began need not decode the rest. */
const firstBytes = 4096;
/** Buffers of readers that are done: most journals are small, and there are many. */
const idle: Buffer[] = [];
/** Others have a turn after so many chunks: one is read at once, since most journals have one. */
const chunksAtOnce = 16;
const newline = 10;

/** Reads the events of a journal file a chunk at a time; with `follow`, goes on as it grows. */
export async function* readStream(stream: StreamFile, options: ReadOptions): AsyncIterable<readonly Recorded[]> {
  const { after = 0, follow = false, signal } = options;
  const { fileSystem, clock } = stream;
  const recovery = createRecovery(stream.name);
  let fd = fileSystem.openSync(stream.path, "r");
  let buffer = idle.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  let room = firstBytes;
  let position = 0; // of the first byte that was not decoded
  let lastSeq = 0;
  let chunks = 0;
  let ended = false;
  let pauseMs = shortestPauseMs;
  let quietMs = 0;
  let isLast = false; // everything was said; one more look, for what was written meanwhile
  try {
    while (!signal?.aborted) {
      const read = fileSystem.readSync(fd, buffer, 0, room, position);
      const whole = wholeLines(buffer, read);
      if (whole > 0) {
        position += whole;
        const { events } = recovery.push(buffer.subarray(0, whole));
        const last = events.at(-1);
        if (last !== undefined) {
          lastSeq = last.seq;
          ended = stream.endsWith(last);
        }
        const fresh = lastSeq > after ? events.filter((event) => event.seq > after) : [];
        if (fresh.length > 0) yield fresh;
        if (++chunks % chunksAtOnce === 0) await setImmediate();
        pauseMs = shortestPauseMs;
        quietMs = 0;
        isLast = false;
      }
      if (read === room) {
        const isTooSmall = room === buffer.length && whole === 0; // one line fills it
        if (isTooSmall) buffer = Buffer.allocUnsafeSlow(buffer.length * 2);
        room = buffer.length;
        continue;
      }
      if (whole > 0) continue;
      checkNotCut(stream, fd, position);
      if (!follow || ended || isLast) {
        const rest = recovery.end().events.filter((event) => event.seq > after);
        if (rest.length > 0) yield rest;
        return;
      }
      await clock.sleep(pauseMs, signal);
      quietMs += pauseMs;
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      if (quietMs < askEveryMs) continue;
      quietMs = 0;
      fd = reopenedIfReplaced(stream, fd);
      isLast = stream.isOver(lastSeq);
    }
  } finally {
    fileSystem.closeSync(fd);
    if (buffer.length === chunkBytes) idle.push(buffer);
  }
}

/**
 * How many of the bytes to decode: up to the last newline. What stands after it may still be taken back by its writer,
 * so it is read again. A line that is longer than any may be is passed on for the decoder to skip.
 */
function wholeLines(buffer: Uint8Array, read: number): number {
  const whole = buffer.subarray(0, read).lastIndexOf(newline) + 1;
  return whole === 0 && read > maxLineBytes + chunkBytes ? read : whole;
}

function checkNotCut({ fileSystem, name }: StreamFile, fd: number, position: number): void {
  const { size } = fileSystem.fstatSync(fd);
  if (size >= position) return;
  throw new RunferryError("damaged", `${name} was cut from ${position} bytes or more to ${size} while it was read`, {
    hint: "restore the file from a copy, or read it again from the start to go on with what is left",
    data: "the events that were cut off had been read before; nothing was written",
  });
}

/** A copying tool puts a new file in the place of the old one: then that one is gone on with. */
function reopenedIfReplaced({ fileSystem, path }: StreamFile, fd: number): number {
  const there = ifPresent(() => fileSystem.statSync(path));
  if (there === undefined || there.ino === fileSystem.fstatSync(fd).ino) return fd;
  const fresh = fileSystem.openSync(path, "r");
  fileSystem.closeSync(fd);
  return fresh;
}
