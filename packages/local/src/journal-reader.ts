import {
  type Clock,
  endsStream,
  type FileRef,
  type FollowOptions,
  type Journal,
  mainStream,
  observerStream,
  type Recorded,
  RunferryError,
  type Stream,
} from "@runferry/core";
import { type FileSystem, namesIn } from "./file-system.ts";
import { type RunLayout, streamOfFile } from "./layout.ts";
import { openStoredFile } from "./open-stored-file.ts";
import type { RunState } from "./run-state.ts";
import { readStream } from "./stream-reader.ts";

export interface ReaderOptions {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly state: RunState;
}

const lookEveryMs = 200;

/** The journal of a run in a store. Opening and reading it writes nothing. */
export function journalReader(run: string, layout: RunLayout, options: ReaderOptions): Journal {
  const { fileSystem, clock, state } = options;

  function stream(name: string): Stream {
    const file = {
      fileSystem,
      clock,
      path: layout.stream(name),
      name: `journal/${name}.ndjson`,
      // An end seen from outside may be void, and another may come.
      endsWith: (event: Recorded) => name !== observerStream && endsStream(event),
      isOver: () => state.isOver(name),
    };
    return { name, read: (read = {}) => readStream(file, read) };
  }

  async function* streams({ follow = false, signal }: FollowOptions = {}): AsyncIterable<Stream> {
    const told = new Set<string>();
    let isLast = false;
    while (!signal?.aborted) {
      const names = streamNames(fileSystem, layout);
      if (told.has(mainStream) && !names.includes(mainStream)) throw vanished(run);
      for (const name of names) {
        if (told.has(name)) continue;
        told.add(name);
        yield stream(name);
      }
      if (!follow) return;
      // Asked before the last look, so that a stream that came just before the end is still told.
      const isOver = state.isOver(mainStream);
      if (isLast && isOver) return;
      isLast = isOver;
      if (!isLast) await clock.sleep(lookEveryMs, signal);
    }
  }

  return {
    run,
    streams,
    open(file: FileRef, open = {}) {
      const references = { streams: () => streamNames(fileSystem, layout).map(stream) };
      return openStoredFile(run, layout, file, { fileSystem, ...references, ...open });
    },
  };
}

function vanished(run: string): RunferryError {
  return new RunferryError("not_found", `run ${run} is not there any more`, {
    hint: "it was deleted or moved while it was read; restore it to go on",
    data: "nothing was written",
  });
}

/** The streams of a run, `main` first. */
export function streamNames(fileSystem: FileSystem, layout: RunLayout): readonly string[] {
  const names = namesIn(fileSystem, layout.journal).flatMap((file) => streamOfFile(file) ?? []);
  return names.sort((a, b) => Number(b === mainStream) - Number(a === mainStream) || (a < b ? -1 : 1));
}
