import { existsSync, statfsSync } from "node:fs";
import { isAbsolute } from "node:path";
import {
  addDifferences,
  type Backend,
  type DeliveryState,
  type Difference,
  destinationName,
  type ForwardResult,
  forward,
  isRunferryError,
  type Parked,
  type Progress,
  type Remote,
  RunferryError,
  type Telling,
  toldAddress,
} from "@runferry/core";
import type { Lease, Store } from "@runferry/local";
import { type Destination, goneWith, isGoneFolder } from "@runferry/tracker";
import { type CountedJournal, countPoints } from "./count-points.ts";
import { eachPlace } from "./each-place.ts";
import { runsAtOnce } from "./in-order.ts";
import { eachAfterItsParent, parentsFirst } from "./parents-first.ts";
import { fullName, type RunLabel } from "./run-label.ts";
import { savedDelivery } from "./saved-delivery.ts";
import { createSharing } from "./share-equal.ts";
import { countWork, type WorkCount, type WorkProgress } from "./work-progress.ts";

export interface ExportOptions {
  readonly store: Store;
  readonly runs: readonly RunLabel[];
  readonly destinations: readonly Destination[];
  /** How the runs are told there, where that is not as they are. */
  readonly telling?: Telling;
  /** Without a telling, each run as it was told there before. */
  readonly asBefore?: boolean;
  /** For one run, deleted at a place that never takes its id again: the id that it gets there. */
  readonly as?: string;
  readonly signal?: AbortSignal;
  /** Called when a run begins, whenever its delivery moves, and when it is done. */
  readonly onProgress?: (progress: WorkProgress) => void;
}

export interface ExportedRun {
  readonly run: string;
  readonly name: string;
  readonly destination: string;
  /** `not tried`: see `troubles`. */
  readonly state: DeliveryState | "not tried";
  /** Why it is not delivered, in a sentence. */
  readonly cause?: string;
  /** How many events went there now: 0 where everything was there before. */
  readonly sent: number;
  /** Points of the run that were read for it. */
  readonly points: number;
  /** Events that the destination refused; everything else arrived. */
  readonly parked: readonly Parked[];
  readonly differences: readonly Difference[];
  readonly remote?: Remote;
}

export interface ExportReport {
  readonly runs: readonly ExportedRun[];
  /** Everything that was converted, left out or lost on the way, by destination. */
  readonly differences: { readonly [destination: string]: readonly Difference[] };
  /** What is wrong with destinations that do not answer or do not let us in: the runs after that were not tried. */
  readonly troubles: { readonly [destination: string]: RunferryError };
}

/**
 * Delivers runs to all destinations at the same time, a few runs at once, each from where its last delivery stopped: doing it again sends what
 * is new. What a destination does is in the report; only what is wrong here is thrown. How far each got is kept in the
 * store.
 */
export async function exportRuns(options: ExportOptions): Promise<ExportReport> {
  const sorted = parentsFirst(options.runs);
  return joinReports(await eachPlace(options.destinations, (destination) => exportTo(destination, sorted, options)));
}

/** What became of several deliveries, as one. */
export function joinReports(reports: readonly ExportReport[]): ExportReport {
  return {
    runs: reports.flatMap(({ runs }) => runs),
    differences: Object.assign({}, ...reports.map(({ differences }) => differences)),
    troubles: Object.assign({}, ...reports.map(({ troubles }) => troubles)),
  };
}

async function exportTo(
  destination: Destination,
  runs: readonly RunLabel[],
  options: ExportOptions,
): Promise<ExportReport> {
  const { name } = destination;
  const { signal, onProgress } = options;
  const count = countWork("deliver", name, runs.length, onProgress);
  const there = new Map<RunLabel, ExportedRun>();
  const shared = createSharing();
  const place = { ...destination, isGone: isGoneFolder(destination.backend.address) }; // the first run makes it anew
  let trouble = await troubleOf(destination, signal);
  await eachAfterItsParent(runs, runsAtOnce, async (run) => {
    if (signal?.aborted) return;
    const named = { run: run.id, name: fullName(run), destination: name };
    if (trouble) {
      there.set(run, { ...named, state: "not tried", sent: 0, points: 0, parked: [], differences: [] });
      return;
    }
    const delivered = await exportRun(run, place, count, options);
    const { parked, differences } = delivered;
    there.set(run, { ...named, ...delivered, parked: shared(parked), differences: shared(differences) });
    if (delivered.state !== "cancelled") count.done(named.name, delivered.points, delivered.state === "delivered");
    // One that gave up on a run has tried for long. The next ones only try where it answers again.
    if (delivered.state === "incomplete" && delivered.parked.length === 0) {
      const found = fullDisk(destination.backend.address) ?? (await troubleOf(destination, signal));
      trouble ??= found; // another run may have found it meanwhile
    }
  });
  count.over();
  const exported = runs.flatMap((run) => there.get(run) ?? []);
  return {
    runs: exported,
    differences: { [name]: addDifferences(exported.flatMap((run) => run.differences)) },
    troubles: trouble ? { [name]: trouble } : {},
  };
}

async function exportRun(
  run: RunLabel,
  { backend, masks, isGone }: Destination & { readonly isGone: boolean },
  count: WorkCount,
  { store, as, telling: told, asBefore = false, signal }: ExportOptions,
): Promise<Omit<ExportedRun, "run" | "name" | "destination">> {
  const name = fullName(run);
  count.moved(name);
  const undone = (state: "gone" | "incomplete", { message, hint }: RunferryError) =>
    ({ state, cause: `${message} (${hint})`, sent: 0, points: 0, parked: [], differences: [] }) as const;
  const saved = await savedDelivery(store, run.id, backend, told);
  const telling = told ?? (asBefore ? saved?.telling : undefined);
  const gone = isGone ? goneWith(backend.address, saved) : undefined;
  if (gone) return undone("gone", gone);
  const lease = await deliveryLease(store, run.id, backend, telling);
  if (isRunferryError(lease)) return undone("incomplete", lease);
  const counted = countPoints(store.run(run.id).journal);
  const follow = followProgress(name, counted, count);
  let result: ForwardResult;
  try {
    result = await forward({
      journal: counted.journal,
      backend,
      deliveries: store.deliveries,
      mask: masks,
      ...(telling ? { telling } : {}),
      ...(as === undefined ? {} : { as }),
      onProgress: follow.take,
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    // It belongs to another way of telling it, or to an older version: the other runs go on.
    if (isRunferryError(cause, "cursor_mismatch")) return undone("incomplete", cause);
    throw cause;
  } finally {
    lease.release();
  }
  const { state, delivery, cause } = result;
  const streams = Object.values(delivery.streams);
  return {
    state,
    ...(cause === undefined ? {} : { cause }),
    sent: follow.sent(),
    points: counted.points(),
    parked: streams.flatMap((stream) => stream.parked),
    differences: addDifferences(...streams.map((stream) => stream.differences)),
    ...(delivery.remote ? { remote: delivery.remote } : {}),
  };
}

/** Counts what goes through of one run. */
function followProgress(name: string, { points }: CountedJournal, count: WorkCount) {
  let events = 0;
  const files = new Map<string, number>();
  return {
    sent: () => events,
    take(progress: Progress): void {
      if (progress.type === "sending file") {
        const before = files.get(progress.path) ?? 0;
        files.set(progress.path, progress.sent);
        // Less than before is a second attempt: those bytes are sent once more.
        count.sent(name, progress.sent >= before ? progress.sent - before : progress.sent);
      } else if (progress.type === "accepted") {
        events += progress.events;
        if (progress.lane === "facts") count.moved(name, points());
      }
    },
  };
}

/** What is wrong with a server; undefined where it is well, and of places that are no servers. */
async function troubleOf({ check }: Destination, signal: AbortSignal | undefined): Promise<RunferryError | undefined> {
  try {
    await check?.(signal ? { signal } : {});
    return undefined;
  } catch (cause) {
    if (signal?.aborted) return undefined;
    if (isRunferryError(cause)) return cause;
    throw cause;
  }
}

/** A file takes no less. */
const leastRoom = 64 * 1024;

/** What every other run would meet as well, each after long attempts. */
function fullDisk(folder: string): RunferryError | undefined {
  if (!isAbsolute(folder) || !existsSync(folder)) return undefined;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= leastRoom) return undefined;
  return new RunferryError("unavailable", `the disk of ${folder} is full`, {
    hint: "make room there, and type the same command again",
    data: "what arrived before stands; the runs are in the store",
  });
}

/** The right to deliver, or the error that says which process has it: a run may be delivered live. */
export async function deliveryLease(
  store: Store,
  run: string,
  { kind, address }: Backend,
  telling: Telling | undefined,
): Promise<Lease | RunferryError> {
  try {
    return store.deliveries.lease(run, await destinationName(kind, toldAddress(address, telling)));
  } catch (cause) {
    if (isRunferryError(cause, "locked")) return cause;
    throw cause;
  }
}
