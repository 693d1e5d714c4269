import {
  addDifferences,
  type DeliveryState,
  type Difference,
  forward,
  type Parked,
  type Progress,
  type Remote,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination, LoggedRun } from "@runferry/tracker";

export interface ExportOptions {
  readonly store: Store;
  readonly runs: readonly LoggedRun[];
  readonly destinations: readonly Destination[];
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
  readonly state: DeliveryState;
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
}

/**
 * Delivers runs to every destination, each from where its last delivery stopped: doing it again sends what is new. What a
 * destination does is in the report; only what is wrong here is thrown. How far each got is kept in the store.
 */
export async function exportRuns(options: ExportOptions): Promise<ExportReport> {
  const { store, runs, destinations, signal } = options;
  const exported: ExportedRun[] = [];
  for (const destination of destinations) {
    for (const [done, run] of parentsFirst(runs).entries()) {
      if (signal?.aborted) break;
      const progress = { destination: destination.name, run, done, of: runs.length };
      options.onProgress?.(progress);
      const { state, delivery, cause } = await forward({
        journal: store.run(run.id).journal,
        backend: destination.backend,
        deliveries: store.deliveries,
        mask: destination.masks,
        onProgress: (moved) => options.onProgress?.({ ...progress, delivery: moved }),
        ...(signal ? { signal } : {}),
      });
      const streams = Object.values(delivery.streams);
      exported.push({
        run: run.id,
        name: `${run.experiment}/${run.name}`,
        destination: destination.name,
        state,
        ...(cause === undefined ? {} : { cause }),
        parked: streams.flatMap((stream) => stream.parked),
        differences: addDifferences(...streams.map((stream) => stream.differences)),
        ...(delivery.remote ? { remote: delivery.remote } : {}),
      });
    }
  }
  const differences = Object.fromEntries(
    destinations.map(({ name }) => {
      const there = exported.filter((run) => run.destination === name);
      return [name, addDifferences(...there.map((run) => run.differences))];
    }),
  );
  return { runs: exported, differences };
}

/** A place that nests runs must know the parent first. */
function parentsFirst(runs: readonly LoggedRun[]): readonly LoggedRun[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const sorted = new Set<LoggedRun>();
  const add = (run: LoggedRun, below: ReadonlySet<string>) => {
    const parent = run.parent === undefined ? undefined : byId.get(run.parent);
    if (parent && !below.has(parent.id)) add(parent, new Set([...below, run.id]));
    sorted.add(run);
  };
  for (const run of runs) add(run, new Set());
  return [...sorted];
}
