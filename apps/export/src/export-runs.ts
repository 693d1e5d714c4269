import {
  addDifferences,
  type Backend,
  type DeliveryState,
  type Difference,
  destinationName,
  forward,
  isRunferryError,
  type Parked,
  type Progress,
  type Remote,
  type RunferryError,
  type Telling,
  toldAddress,
} from "@runferry/core";
import type { Lease, Store } from "@runferry/local";
import type { Destination, LoggedRun } from "@runferry/tracker";
import { eachAfterItsParent, parentsFirst } from "./parents-first.ts";

/** A server has something to do while the journal of another run is read; more than this only fills its queue. */
const runsAtOnce = 4;

export interface ExportOptions {
  readonly store: Store;
  readonly runs: readonly LoggedRun[];
  readonly destinations: readonly Destination[];
  /** How the runs are told there, where that is not as they are. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
  /** Called before each run and whenever its delivery moves. */
  readonly onProgress?: (progress: ExportProgress) => void;
}

export interface ExportProgress {
  readonly destination: string;
  readonly run: LoggedRun;
  /** Runs of this destination that are done, and how many there are. */
  readonly done: number;
  readonly of: number;
  readonly delivery?: Progress;
}

export interface ExportedRun {
  readonly run: string;
  readonly name: string;
  readonly destination: string;
  /** `not tried`: see `troubles`. */
  readonly state: DeliveryState | "not tried";
  /** Why it is not delivered, in a sentence. */
  readonly cause?: string;
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
 * Delivers runs to every destination, a few at once, each from where its last delivery stopped: doing it again sends what
 * is new. What a destination does is in the report; only what is wrong here is thrown. How far each got is kept in the
 * store.
 */
export async function exportRuns(options: ExportOptions): Promise<ExportReport> {
  const { runs, destinations, signal } = options;
  const exported: ExportedRun[] = [];
  const troubles: { [destination: string]: RunferryError } = {};
  const sorted = parentsFirst(runs);
  for (const destination of destinations) {
    let trouble = await troubleOf(destination, signal);
    const there = new Map<LoggedRun, ExportedRun>();
    await eachAfterItsParent(sorted, runsAtOnce, async (run) => {
      if (signal?.aborted) return;
      const named = { run: run.id, name: `${run.experiment}/${run.name}`, destination: destination.name };
      if (trouble) {
        there.set(run, { ...named, state: "not tried", parked: [], differences: [] });
        return;
      }
      const delivered = await exportRun(run, destination, () => ({ done: there.size, of: runs.length }), options);
      there.set(run, { ...named, ...delivered });
      // One that gave up on a run has tried for long. The next ones only try where it answers again.
      if (delivered.state === "incomplete" && delivered.parked.length === 0) {
        const found = await troubleOf(destination, signal);
        trouble ??= found; // another run may have found it meanwhile
      }
    });
    exported.push(...sorted.flatMap((run) => there.get(run) ?? []));
    if (trouble) troubles[destination.name] = trouble;
  }
  const differences = Object.fromEntries(
    destinations.map(({ name }) => {
      const there = exported.filter((run) => run.destination === name);
      return [name, addDifferences(...there.map((run) => run.differences))];
    }),
  );
  return { runs: exported, differences, troubles };
}

async function exportRun(
  run: LoggedRun,
  { name: destination, backend, masks }: Destination,
  counts: () => { readonly done: number; readonly of: number },
  { store, telling, signal, onProgress }: ExportOptions,
): Promise<Omit<ExportedRun, "run" | "name" | "destination">> {
  const progress = () => ({ destination, run, ...counts() });
  onProgress?.(progress());
  const lease = await deliveryLease(store, run.id, backend, telling);
  if (isRunferryError(lease)) {
    return { state: "incomplete", cause: `${lease.message} (${lease.hint})`, parked: [], differences: [] };
  }
  const { state, delivery, cause } = await forward({
    journal: store.run(run.id).journal,
    backend,
    deliveries: store.deliveries,
    mask: masks,
    ...(telling ? { telling } : {}),
    onProgress: (moved) => onProgress?.({ ...progress(), delivery: moved }),
    ...(signal ? { signal } : {}),
  }).finally(() => lease.release());
  const streams = Object.values(delivery.streams);
  return {
    state,
    ...(cause === undefined ? {} : { cause }),
    parked: streams.flatMap((stream) => stream.parked),
    differences: addDifferences(...streams.map((stream) => stream.differences)),
    ...(delivery.remote ? { remote: delivery.remote } : {}),
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
