import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { messageOf, RunferryError } from "@runferry/core";
import { createEventFile, type EventFile } from "./event-file.ts";

export interface EventLogOptions {
  /** Stands at the end of the file's name. */
  readonly suffix?: string;
}

/** An event file on disk that only grows. What a call adds is in the file when it returns: `kill -9` loses nothing. */
export interface EventLog extends Omit<EventFile, "size" | "flush"> {
  readonly path: string;
  /** Hands everything to the disk itself, for a power cut. */
  flush(): void;
  /** Flushes; nothing can be added any more. */
  close(): void;
}

/** Opens a new event file in a folder, which is made where there is none. Its name sorts behind those that are there. */
export function openEventLog(folder: string, { suffix = "" }: EventLogOptions = {}): EventLog {
  const now = Date.now() / 1000;
  const { path, handle } = createNext(folder, Math.floor(now), suffix.replaceAll(/[/\\\0]/g, "_"));
  let size = 0;
  let isClosed = false;
  let failure: unknown;

  /** An event that cannot be written is dropped as a whole, and whoever added it is told. */
  function write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at, size + at);
      size += bytes.length;
    } catch (cause) {
      failure = unwritable(path, cause);
      cut(); // what follows a torn record would not be read
    }
  }

  function cut(): void {
    try {
      ftruncateSync(handle, size);
    } catch {
      return; // the next write begins at the same place anyway
    }
  }

  function checked<T>(work: () => T): T {
    if (isClosed) throw closed(path);
    failure = undefined;
    const done = work();
    if (failure !== undefined) throw failure;
    return done;
  }

  function openFile(): EventFile {
    try {
      return checked(() => createEventFile({ wallTime: now, chunkBytes: 1, write }));
    } catch (cause) {
      closeSync(handle);
      rmSync(path, { force: true });
      throw cause;
    }
  }

  const file = openFile();
  return {
    path,
    scalar: (tag, value, options) => checked(() => file.scalar(tag, value, options)),
    scalars: (values, options) => checked(() => file.scalars(values, options)),
    event: (event) => checked(() => file.event(event)),
    flush: () => checked(() => fsyncSync(handle)),
    close() {
      if (isClosed) return;
      isClosed = true;
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    },
  };
}

const daySeconds = 86_400;
let opened = 0;

/**
 * One of TensorBoard's readers takes the files of a folder in the order of their names, and the other looks at no file
 * before the last one: so a second later than the latest that is there, unless that is far from the present.
 */
function createNext(folder: string, now: number, suffix: string): { readonly path: string; readonly handle: number } {
  const host = hostname().replaceAll(/[^\w.-]/g, "_") || "host";
  const who = `${host}.${String(process.pid).padStart(7, "0")}.${String(opened++).padStart(3, "0")}`;
  try {
    mkdirSync(folder, { recursive: true });
    const there = readdirSync(folder).map((name) => Number(/tfevents\.(\d+)/.exec(name)?.[1] ?? 0));
    let second = there.reduce((latest, one) => (one < now + daySeconds ? Math.max(latest, one + 1) : latest), now);
    for (;;) {
      const path = join(folder, `events.out.tfevents.${String(second).padStart(10, "0")}.${who}${suffix}`);
      try {
        return { path, handle: openSync(path, "wx") };
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
        second++;
      }
    }
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

function unwritable(path: string, cause: unknown): RunferryError {
  return new RunferryError("unavailable", `${path} cannot be written: ${messageOf(cause)}`, {
    hint: "see that the folder can be written and the disk has room",
    data: "this event was not written; the file ends with the last whole one before it",
    cause,
  });
}

function closed(path: string): RunferryError {
  return new RunferryError("closed", `the event file ${path} is closed`, {
    hint: "make a new writer for the same folder: it begins a further file there",
    data: "everything that was added before stands",
  });
}
