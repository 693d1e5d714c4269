import { resolve } from "node:path";
import {
  type Backend,
  type FileRef,
  fileOf,
  isRunferryError,
  type Outcome,
  type Recorded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import { systemCode } from "./file-system.ts";
import type { Failure } from "./line-file.ts";
import type { RecordedWriter } from "./recorded-writer.ts";
import { openStore, refuseUnusable, type Store, type StoreOptions } from "./store.ts";
import type { StoredRun } from "./stored-run.ts";
import { asTrouble } from "./system-trouble.ts";

/** Each takes a file handle, a lock and a buffer. What is delivered live is written in turns. */
const mostWriters = 64;

/**
 * A store as a destination: holds every event as it is, under the number and time it has. It keeps the locks of the
 * streams that it wrote last until it is closed.
 */
export function localBackend(folder: string, options: StoreOptions = {}): Backend {
  refuseUnusable(folder, options);
  const address = resolve(folder);
  let opened: Store | undefined;
  /** Only what is written makes a store. */
  const open = () => {
    opened ??= openStore(folder, options);
    return opened;
  };
  const writers = new Map<string, RecordedWriter>();
  let closed = false;

  function writerOf(run: string, stream: string): RecordedWriter {
    const key = `${run}/${stream}`;
    const there = writers.get(key);
    writers.delete(key);
    if (there?.isTaken) there.close();
    const writer = there && !there.isTaken ? there : open().run(run).recordedWriter(stream);
    writers.set(key, writer); // behind all others
    for (const [oldest, other] of writers) {
      if (writers.size <= mostWriters) break;
      writers.delete(oldest);
      other.close();
    }
    return writer;
  }

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(address);
    context.signal.throwIfAborted();
    if (context.lane === "files") return writeFile(open().run(context.run), batch.at(-1)!, context);
    for (const event of batch) if (event.kind === "run.started") claimName(event.experiment, event.name);
    const writer = writerOf(context.run, context.stream);
    const { through } = context.cursor;
    if (writer.lastSeq < through) {
      return { status: "refused", seq: batch[0]!.seq, cause: cutOff(context.run, address, writer.lastSeq, through) };
    }
    const failure = writer.append(batch);
    if (failure !== undefined) return retryFor(failure, address);
    return { status: "accepted", cursor: { ...context.cursor, through: batch.at(-1)!.seq } };
  }

  /** The name of a copy is a label: it may stand for an older run here as well. */
  function claimName(experiment: string, name: string): void {
    open().experiments.claim(experiment, name);
    open().experiments.mark(experiment, false);
  }

  return {
    kind: "local",
    address,
    mapping: 1,
    filesLane: true,
    keeps: (view) => view,
    async write(batch, context) {
      try {
        return await write(batch, context);
      } catch (cause) {
        if (systemCode(cause) !== undefined) return retryFor({ cause }, address);
        if (isRunferryError(cause, "locked") || isRunferryError(cause, "unavailable"))
          return { status: "retry", cause };
        throw cause;
      }
    },
    async close() {
      closed = true;
      for (const writer of writers.values()) writer.close();
      writers.clear();
    },
  };
}

async function writeFile(run: StoredRun, event: Recorded, context: WriteContext): Promise<Outcome> {
  const file = fileOf(event);
  const accepted: Outcome = { status: "accepted", cursor: { ...context.cursor, bulk: event.seq } };
  if (file === undefined || (await run.holds(file))) return accepted;
  try {
    const stored = await store(run, event, file, reported(context, file));
    if (stored.sha256 !== file.sha256) return { status: "refused", seq: event.seq, cause: changed(file) };
    return accepted;
  } catch (cause) {
    // The bytes of a reference are wherever they are: a copy of the run refers to them as the run does.
    const isElsewhere = event.kind === "artifact.logged" && event.reference !== undefined;
    if (isRunferryError(cause, "file_missing") && isElsewhere) return accepted;
    if (isRunferryError(cause, "file_missing") || isRunferryError(cause, "bad_option")) {
      return { status: "refused", seq: event.seq, cause };
    }
    throw cause;
  }
}

async function store(
  run: StoredRun,
  event: Recorded,
  file: FileRef,
  bytes: AsyncIterable<Uint8Array>,
): Promise<FileRef> {
  if (event.kind === "media.logged") return run.putMedia(bytes, file.path);
  return (await run.putArtifact(bytes, file.path)).file;
}

async function* reported(context: WriteContext, file: FileRef): AsyncIterable<Uint8Array> {
  let sent = 0;
  for await (const piece of context.open(file)) {
    context.signal.throwIfAborted();
    yield piece;
    sent += piece.length;
    context.report(sent);
  }
}

function retryFor(failure: Failure, folder: string): Outcome {
  return {
    status: "retry",
    cause: asTrouble(failure.cause, `the store ${folder} could not be written`, "what was written before stands"),
  };
}

function changed(file: FileRef): RunferryError {
  return new RunferryError("file_missing", `${file.path} has changed since it was logged (sha256 ${file.sha256})`, {
    hint: "restore the file in the run's folder, or deliver without it",
    data: "the copy has the bytes that are there now; the journals name the old ones",
  });
}

function cutOff(run: string, folder: string, found: number, wanted: number): RunferryError {
  return new RunferryError("gone", `run ${run} in ${folder} has ${found} events; ${wanted} had been written`, {
    hint: "put it back, or have it written anew: runferry export --repair",
    data: "nothing was written; the run itself is whole",
  });
}

function closedError(folder: string): RunferryError {
  return new RunferryError("closed", `the backend local:${folder} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}
