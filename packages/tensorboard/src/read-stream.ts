import { type FileHandle, open } from "node:fs/promises";
import { endsStream, type ReadOptions, type Recorded } from "@runferry/core";
import type { RunDecoder } from "./decode-run.ts";
import type { StreamFile } from "./find-runs.ts";
import { createEventReader, type EventReader } from "./read-event-file.ts";

const chunkBytes = 256 * 1024;
const batchEvents = 4096;
/** Chunks of readings that are done: most files are small, and there are many. */
const idle: Uint8Array[] = [];

/** One file on its way: what was decoded of it and not yet handed out. */
interface OpenFile {
  readonly path: string;
  readonly reader: EventReader;
  readonly queue: Recorded[];
  handle: FileHandle | undefined;
  taken: number;
  offset: number;
}

export interface StreamReading {
  /** The files of the stream as they are now. */
  files(): Promise<readonly StreamFile[]>;
  decoder(): RunDecoder;
  /** Whether the run has ended, so that a stream without an end of its own need not be followed any more. */
  hasEnded(): boolean;
  onEnd(): void;
}

const pollMs = 200;

/**
 * Reads the files of a stream as one: those of a generation side by side, in order of time, a chunk of each in memory;
 * then those of the next.
 */
export async function* readStream(reading: StreamReading, options: ReadOptions): AsyncIterable<readonly Recorded[]> {
  const { after = 0, follow = false, signal } = options;
  const decoder = reading.decoder();
  let seq = 0;
  let current = Number.NEGATIVE_INFINITY;
  let files: OpenFile[] = [];
  let last: Recorded | undefined;

  function numbered(events: readonly Recorded[]): readonly Recorded[] {
    const fresh: Recorded[] = [];
    for (const event of events) {
      seq++;
      if (seq > after) fresh.push(Object.assign(event, { seq }));
      last = event;
    }
    return fresh;
  }

  try {
    while (!signal?.aborted) {
      const all = await reading.files();
      const generations = [...new Set(all.map((file) => file.generation))].sort((a, b) => a - b);
      const later = generations.find((generation) => generation > current);
      const isLast = later === undefined;
      for (const file of all) {
        if (file.generation === current && files.every(({ path }) => path !== file.path))
          files.push(opened(file, decoder));
      }
      for await (const events of merged(files, !isLast || !follow)) {
        const fresh = numbered(events);
        if (fresh.length > 0) yield fresh;
        if (signal?.aborted) return;
      }
      if (!isLast) {
        await closeAll(files);
        files = [];
        current = later;
        continue;
      }
      if (last && endsStream(last)) reading.onEnd();
      if (!follow || (last && endsStream(last)) || reading.hasEnded()) return;
      await pause(signal);
    }
  } finally {
    await closeAll(files);
  }
}

function opened(file: StreamFile, decoder: RunDecoder): OpenFile {
  const queue: Recorded[] = [];
  const push = (event: Recorded) => queue.push(event);
  const reader = createEventReader(decoder.visitor({ path: file.path, generation: file.generation, push }));
  return { path: file.path, reader, queue, handle: undefined, taken: 0, offset: 0 };
}

/** Everything that is there now, in order of time. With `final`, nothing more is expected in these files. */
async function* merged(files: readonly OpenFile[], final: boolean): AsyncIterable<readonly Recorded[]> {
  const chunk = idle.pop() ?? new Uint8Array(chunkBytes);
  const atEnd = new Set<OpenFile>();
  async function fill(file: OpenFile): Promise<void> {
    while (file.taken === file.queue.length && !atEnd.has(file)) {
      file.queue.length = 0;
      file.taken = 0;
      file.handle ??= await open(file.path, "r");
      const { bytesRead } = await file.handle.read(chunk, 0, chunk.length, file.offset);
      file.offset += bytesRead;
      if (bytesRead > 0) {
        file.reader.push(chunk.subarray(0, bytesRead));
        continue;
      }
      atEnd.add(file);
      if (files.length > 64) await closeAll([file]); // as many late stretches as one likes must not use up the handles
      if (final) file.reader.end();
    }
  }
  try {
    for (const file of files) await fill(file);
    const [only] = files;
    yield* only && files.length === 1 ? allOf(only, fill) : mergedQueues(files, fill);
  } finally {
    idle.push(chunk);
  }
}

async function* allOf(file: OpenFile, fill: (file: OpenFile) => Promise<void>): AsyncIterable<readonly Recorded[]> {
  while (file.taken < file.queue.length) {
    file.taken = file.queue.length;
    for (let at = 0; at < file.queue.length; at += batchEvents) yield file.queue.slice(at, at + batchEvents);
    await fill(file);
  }
}

async function* mergedQueues(
  files: readonly OpenFile[],
  fill: (file: OpenFile) => Promise<void>,
): AsyncIterable<readonly Recorded[]> {
  let batch: Recorded[] = [];
  for (let next = earliest(files); next; next = earliest(files)) {
    batch.push(next.queue[next.taken++]!);
    await fill(next);
    if (batch.length < batchEvents) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function earliest(files: readonly OpenFile[]): OpenFile | undefined {
  let found: OpenFile | undefined;
  for (const file of files) {
    if (file.taken === file.queue.length) continue;
    if (!found || file.queue[file.taken]!.at < found.queue[found.taken]!.at) found = file;
  }
  return found;
}

async function closeAll(files: readonly OpenFile[]): Promise<void> {
  for (const file of files) {
    const handle = file.handle;
    file.handle = undefined;
    await handle?.close();
  }
}

function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, pollMs);
    signal?.addEventListener("abort", done);
  });
}
