import {
  createTally,
  type Difference,
  fileOf,
  fold,
  type Journal,
  mainStream,
  messageOf,
  missingEvents,
  type Recorded,
  type RunEvent,
  RunferryError,
  type Source,
  type Stream,
  type Tally,
  type TimedEvent,
} from "@runferry/core";
import type { ImportedJournal } from "@runferry/layouts";
import type { Store, StoredRun, TakenFrom } from "@runferry/local";
import { inOrder } from "./in-order.ts";
import { fullName } from "./run-label.ts";
import { createSharing } from "./share-equal.ts";

export interface ImportOptions {
  readonly source: Source;
  readonly store: Store;
  readonly ids?: readonly string[];
  /** Where the source lies; noted with each run, so that one can tell later what may go there. */
  readonly takenFrom?: () => TakenFrom;
  /** How many runs are read at once: several where each is many requests to a server. Default: 1. */
  readonly atOnce?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (imported: ImportedRunReport) => void;
}

export interface ImportedRunReport {
  readonly run: string;
  readonly name: string;
  /** What it was called where it came from; undefined where it has always been ours, or could not be read. */
  readonly oldId?: string;
  /** `new`, `grown` by what the source has and the store had not, `same`, or `failed` for `cause`. */
  readonly state: "new" | "grown" | "same" | "failed";
  readonly events: number;
  /** Points of the run that were read. */
  readonly points: number;
  /** What of the source could not be read, with where it is. */
  readonly lost: readonly Difference[];
  readonly cause?: string;
}

/**
 * Takes runs of a source into a store. Files that lie on this machine stay where they are, and the store notes where;
 * others are copied. Done again, it appends what the source has and the store has not.
 */
export async function importRuns(options: ImportOptions): Promise<readonly ImportedRunReport[]> {
  const { source, store, ids, signal, onProgress } = options;
  const reports: ImportedRunReport[] = [];
  const shared = createSharing();
  const journals = source.runs({ ...(ids ? { ids } : {}), ...(signal ? { signal } : {}) });
  const imported = inOrder(journals, options.atOnce ?? 1, async (journal) => {
    const report = await importRun(journal, store, signal).catch((cause: unknown): ImportedRunReport => {
      signal?.throwIfAborted();
      return {
        run: journal.run,
        name: journal.run,
        state: "failed",
        events: 0,
        points: 0,
        lost: [],
        cause: journal.where === undefined ? messageOf(cause) : `${journal.where}: ${messageOf(cause)}`,
      };
    });
    if (report.state !== "failed" && options.takenFrom) store.run(report.run).noteSource(options.takenFrom());
    onProgress?.(report);
    return report;
  });
  for await (const report of imported) reports.push({ ...report, lost: shared(report.lost) });
  return reports;
}

async function importRun(journal: Journal, store: Store, signal?: AbortSignal): Promise<ImportedRunReport> {
  const run = store.run(journal.run);
  const isNew = !store.has(journal.run);
  const tally = createTally();
  const copied: (number | undefined)[] = [];
  const read: Read = { points: 0 };
  for await (const stream of journal.streams()) {
    copied.push(await copyStream({ journal, stream, run, store, tally, read, ...(signal ? { signal } : {}) }));
  }
  let events = copied.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  let lost = tally.differences;
  if (copied.includes(undefined)) {
    const [view, stored] = [await fold(journal), await fold(run.journal)];
    const foreign = missingEvents(view, stored).filter(({ event }) => event.kind === "metrics.logged").length;
    if (foreign > 0) throw anotherRun(run, foreign);
    events += await append(missingEvents(stored, view), journal, run);
    lost = view.differences;
  }
  const old = read.oldId === undefined ? {} : { oldId: read.oldId };
  return {
    run: journal.run,
    name: read.name ?? nameOf(run),
    ...old,
    state: events === 0 ? "same" : isNew ? "new" : "grown",
    events,
    points: read.points,
    lost,
  };
}

/** Two folders in which each run is called run_001 and nothing says when it began. */
function anotherRun(run: StoredRun, points: number): RunferryError {
  return new RunferryError(
    "bad_option",
    `the store has another run of the same name and start: ${points} of its calls of log are not in this one`,
    {
      hint: "take it into a store of its own, with --dir",
      data: `nothing of this run was taken in; run ${run.id} of the store is unchanged`,
    },
  );
}

function nameOf(run: StoredRun): string {
  for (const event of run.events(mainStream)) {
    return event.kind === "run.started" ? fullName(event) : run.id;
  }
  return run.id;
}

/** What is learnt of a run on the way. */
interface Read {
  points: number;
  name?: string;
  oldId?: string;
}

interface Copying {
  readonly journal: Journal;
  readonly stream: Stream;
  readonly run: StoredRun;
  readonly store: Store;
  readonly tally: Tally;
  readonly read: Read;
  readonly signal?: AbortSignal;
}

/**
 * Copies the events of a stream that are not there yet; gives how many, or undefined where what is there is not how this
 * stream begins: the run has grown in the middle since.
 */
async function copyStream({ journal, stream, run, store, tally, read, signal }: Copying): Promise<number | undefined> {
  const there = run.events(stream.name)[Symbol.iterator]();
  const writer = run.recordedWriter(stream.name);
  let appended = 0;
  try {
    for await (const events of stream.read(signal ? { signal } : {})) {
      const fresh: Recorded[] = [];
      for (const event of events) {
        if (event.kind === "metrics.logged") read.points += Object.keys(event.values).length;
        if (event.kind === "events.lost") tally.add("lost", event.reason, event.where, event.count);
        const known = fresh.length > 0 ? { done: true as const } : there.next();
        if (!known.done && textOf(known.value) !== textOf(event)) return undefined;
        if (known.done) {
          await keepFile(event, journal, run);
          fresh.push(event);
        }
        if (event.kind === "run.started") {
          if (event.source) read.oldId = event.source.id;
          read.name = fullName(event);
          claimName(store, event.experiment, event.name);
        }
      }
      const failure = writer.append(fresh);
      if (failure) throw failure.cause;
      appended += fresh.length;
    }
    return there.next().done ? appended : undefined;
  } finally {
    writer.close();
  }
}

/** The same for the same event; who stamped it decides where its number and time stand. */
function textOf({ seq, at, ...event }: Recorded): string {
  return JSON.stringify({ seq, at, ...event });
}

function claimName(store: Store, experiment: string, name: string): void {
  store.experiments.claim(experiment, name);
  store.experiments.mark(experiment, false);
}

/** Has the store keep the file of an event, before the event itself. */
async function keepFile(event: RunEvent, journal: Journal, run: StoredRun): Promise<void> {
  const file = fileOf(event);
  if (file === undefined || (event.kind === "artifact.logged" && event.reference !== undefined)) return;
  if (isLocated(journal)) run.leaveFile(file, await journal.locate(file));
  else if (await run.holds(file)) return;
  else if (event.kind === "media.logged") await run.putMedia(journal.open(file), file.path);
  else await run.putArtifact(journal.open(file), file.path);
}

function isLocated(journal: Journal): journal is ImportedJournal {
  return "locate" in journal;
}

/** Only `main` says these. */
const mainOnly: ReadonlySet<string> = new Set(["params.set", "tags.set", "metric.defined", "run.resumed", "run.ended"]);

/** Appends to a run that has gone on elsewhere; gives how many events that were. */
async function append(events: readonly TimedEvent[], journal: Journal, run: StoredRun): Promise<number> {
  if (events.length === 0) return 0;
  let rest = await appendTo(mainStream, events, (event, at, lastAt) => at >= lastAt || mainOnly.has(event.kind));
  // Time does not fall within a stream: what was logged before what is there already has a stream of its own.
  for (let n = 1; rest.length > 0; n++) rest = await appendTo(`late-${n}`, rest, (_event, at, lastAt) => at >= lastAt);
  return events.length;

  async function appendTo(
    stream: string,
    some: readonly TimedEvent[],
    belongs: (event: RunEvent, at: number, lastAt: number) => boolean,
  ): Promise<readonly TimedEvent[]> {
    const writer = run.writer(stream);
    const others: TimedEvent[] = [];
    try {
      const lastAt = writer.last.at;
      for (const one of some) {
        if (!belongs(one.event, one.at, lastAt)) {
          others.push(one);
          continue;
        }
        await keepFile(one.event, journal, run);
        writer.append(one.event, one.at);
      }
      await writer.flush();
      return others;
    } finally {
      writer.closeNow();
    }
  }
}
