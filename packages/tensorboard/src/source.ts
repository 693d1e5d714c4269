import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import {
  type FileRef,
  formatVersion,
  importedRunId,
  type Journal,
  mainStream,
  RunferryError,
  type Source,
  type Stream,
} from "@runferry/core";
import { bytesOfBlob, createRunDecoder } from "./decode-run.ts";
import type { Blob } from "./decode-value.ts";
import { type FoundRun, findRuns, namesOfFolder, streamsOf } from "./find-runs.ts";
import { readEventFile } from "./read-event-file.ts";
import { readStream } from "./read-stream.ts";

type Located = Blob & { readonly path: string; readonly offset: number };

/** Every run below a logdir, whichever tool wrote it. Nothing there is changed. */
export function tensorboardSource(logdir: string): Source {
  const root = resolve(logdir);
  return {
    async *runs({ ids, signal } = {}) {
      const wanted = ids && new Set(ids);
      for await (const found of findRuns(root)) {
        signal?.throwIfAborted();
        const run = found.id ?? (await foreignId(root, found));
        if (!wanted || wanted.has(run)) yield journalOf(root, run, found);
      }
    },
  };
}

function journalOf(logdir: string, run: string, found: FoundRun): Journal {
  const blobs = new Map<string, Located>();
  const first = streamsOf(logdir, found);
  let hasEnded = false;

  async function now(): Promise<typeof first> {
    for await (const still of findRuns(logdir)) {
      if (still.folder === found.folder && still.id === found.id) return streamsOf(logdir, still);
    }
    return first;
  }

  function stream(name: string): Stream {
    return {
      name,
      read: (options = {}) =>
        readStream(
          {
            files: async () => (options.follow ? await now() : first).get(name) ?? [],
            decoder: () =>
              createRunDecoder({
                run,
                start: name === mainStream ? (createdAt) => startOf(logdir, run, found, createdAt) : undefined,
                onBlob: (blob) => blobs.set(blob.sha256, blob),
              }),
            hasEnded: () => hasEnded,
            onEnd: () => {
              if (name === mainStream) hasEnded = true;
            },
          },
          options,
        ),
    };
  }

  async function* streams({ follow = false, signal }: { follow?: boolean; signal?: AbortSignal } = {}) {
    const told = new Set<string>();
    for (let there = first; !signal?.aborted; there = await now()) {
      for (const name of there.keys()) {
        if (told.has(name)) continue;
        told.add(name);
        yield stream(name);
      }
      if (!follow || hasEnded) return;
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async function blobOf(file: FileRef): Promise<Uint8Array> {
    if (!blobs.has(file.sha256)) {
      for (const name of first.keys())
        for await (const _events of stream(name).read()) if (blobs.has(file.sha256)) break;
    }
    const located = blobs.get(file.sha256);
    if (located) {
      for await (const one of readEventFile(createReadStream(located.path, { start: located.offset }))) {
        const bytes = "event" in one && one.offset === 0 ? bytesOfBlob(one.event, located) : undefined;
        if (bytes) return bytes;
        break;
      }
    }
    throw missing(run, file);
  }

  return {
    run,
    streams,
    async *open(file, { start = 0 } = {}) {
      yield (await blobOf(file)).subarray(start);
    },
  };
}

function startOf(logdir: string, run: string, found: FoundRun, createdAt: number) {
  const names = namesOfFolder(logdir, found.folder);
  const source = { layout: "tensorboard", id: found.folder };
  return { kind: "run.started", format: formatVersion, id: run, ...names, createdAt, source } as const;
}

/** The same for the same files wherever they lie: by their names below the logdir and the time of the first event. */
async function foreignId(logdir: string, found: FoundRun): Promise<string> {
  const first = streamsOf(logdir, found).get(mainStream)?.[0];
  let startedAt = 0;
  if (first) {
    for await (const one of readEventFile(createReadStream(first.path, { end: 1024 * 1024 }))) {
      if (!("event" in one) || !Number.isFinite(one.event.wallTime)) continue;
      startedAt = Math.max(0, Math.round(one.event.wallTime * 1000));
      break;
    }
  }
  const { experiment } = namesOfFolder(logdir, found.folder);
  return importedRunId("tensorboard", found.folder === "." ? "" : experiment, found.folder, startedAt);
}

function missing(run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `no event file of run ${run} holds the bytes of ${file.path}`, {
    hint: "restore the event file; TensorBoard itself would not show this either",
    data: "nothing was changed; the facts of the run are there",
  });
}
