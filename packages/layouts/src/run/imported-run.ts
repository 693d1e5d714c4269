import { lstat } from "node:fs/promises";
import {
  checkStep,
  createStamper,
  type FileRef,
  type Journal,
  mainStream,
  type Recorded,
  type RunEvent,
  RunferryError,
  type RunStarted,
  systemClock,
} from "@runferry/core";
import { type FoundFile, fileBytes, fileRefOf } from "./folder-files.ts";
import type { Losses } from "./losses.ts";
import { mergePoints } from "./merge-points.ts";
import type { SortedPoints } from "./points.ts";

/** What a layout knows of one of its runs. */
export interface ImportedRun {
  readonly started: RunStarted;
  /** What was known from the start: params, tags. */
  readonly atStart: readonly RunEvent[];
  /** Its points, which are most of what there is to read. */
  metrics(): Promise<ReadonlyMap<string, SortedPoints>>;
  readonly files: AsyncIterable<FoundFile>;
  /** Where the rest was read; undefined where that cannot be told. */
  readonly read?: readonly string[];
  /** What to say of a file, beside that it is there; `at` where the store tells. */
  readonly eventsOf?: (file: FileRef) => readonly { readonly event: RunEvent; readonly at?: number }[];
  readonly end?: { readonly event: RunEvent; readonly at: number };
  readonly losses: Losses;
}

/** The journal of a run whose files lie on this machine. */
export interface ImportedJournal extends Journal {
  /** Where the bytes of a file are. Throws `file_missing`. */
  locate(file: FileRef): Promise<string>;
  /** The files that everything but the run's own files was read from; undefined where a store does not tell. */
  factFiles(): Promise<Iterable<string> | undefined>;
}

/** Reads one run anew each time it is asked for. */
export type ReadRun = () => Promise<ImportedRun>;

const chunkEvents = 1024;

/** A foreign run as a journal. The same files give the same events, wherever they lie. */
export function importedJournal(started: RunStarted, read: ReadRun): ImportedJournal {
  const { id: run, name, experiment, createdAt } = started;
  /** The files of the last reading, by path: whoever reads the run asks for each of them. */
  const known = new Map<string, FoundFile>();

  async function find(file: FileRef): Promise<FoundFile> {
    const isIt = (found: FoundFile) => found.path === file.path && found.bytes === file.bytes;
    const there = known.get(file.path);
    if (there && isIt(there) && (await sizeOf(there.from)) === file.bytes) return there;
    for await (const found of (await read()).files) if (isIt(found)) return found;
    throw new RunferryError("file_missing", `run ${run} has no file ${file.path} of ${file.bytes} bytes any more`, {
      hint: "restore the file where it was, or import the run again",
      data: "nothing was changed; the facts of the run are there",
    });
  }

  return {
    run,
    head: { name, experiment, createdAt },
    async *streams() {
      yield {
        name: mainStream,
        async *read({ after = 0, signal } = {}) {
          let chunk: Recorded[] = [];
          known.clear();
          for await (const event of eventsOf(await read(), known)) {
            signal?.throwIfAborted();
            if (event.seq > after) chunk.push(event);
            if (chunk.length < chunkEvents) continue;
            yield chunk;
            chunk = [];
          }
          if (chunk.length > 0) yield chunk;
        },
      };
    },
    locate: async (file) => (await find(file)).from,
    factFiles: async () => (await read()).read,
    async *open(file, { start = 0 } = {}) {
      const { from } = await find(file);
      yield* fileBytes(from, file.bytes, start);
    },
  };
}

/** Undefined where there is no file, but for example a link now. */
async function sizeOf(path: string): Promise<number | undefined> {
  return lstat(path).then(
    (there) => (there.isFile() ? there.size : undefined),
    () => undefined,
  );
}

async function* eventsOf(run: ImportedRun, known: Map<string, FoundFile>): AsyncGenerator<Recorded> {
  const { started, losses } = run;
  const stamper = createStamper(systemClock, { seq: 0, at: Number.NEGATIVE_INFINITY });
  let last = started.createdAt;
  const stamp = (event: RunEvent, at: number): Recorded => {
    last = Math.max(last, at);
    return stamper.stamp(event, at);
  };

  const points = mergePoints(await run.metrics(), started.createdAt);
  let next = points.next();
  // A clock that was set back during a run must not move its points.
  const begin = Math.min(started.createdAt, next.done ? started.createdAt : next.value.at);
  yield stamp(started, begin);
  for (const event of run.atStart) yield stamp(event, begin);
  while (!next.done) {
    const { step, at } = next.value;
    const values = new Map<string, number>();
    // What was logged in one call is one event.
    for (; !next.done && next.value.at === at && next.value.step === step; next = points.next()) {
      if (values.has(next.value.name)) break;
      values.set(next.value.name, next.value.value);
    }
    const checked = checkStep(step);
    if (checked.value !== undefined && !values.has("step")) values.set("step", checked.value);
    const whole = checked.step === undefined ? {} : { step: checked.step };
    yield stamp({ kind: "metrics.logged", ...whole, values: Object.fromEntries(values) }, at);
  }
  for await (const found of run.files) {
    known.set(found.path, found);
    const file = await fileRefOf(found);
    const said = run.eventsOf?.(file) ?? [{ event: { kind: "artifact.logged", file } as const }];
    for (const { event, at } of said) yield stamp(event, at ?? last);
  }
  for (const lost of losses.events) yield stamp(lost, last);
  if (run.end) yield stamp(run.end.event, run.end.at);
}
