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
import { eachAfterItsParent, parentsFirst } from "./parents-first.ts";

/** A server has something to do while the journal of another run is read; more than this only fills its queue. */
const runsAtOnce = 4;

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
 * Delivers runs to every destination, a few at once, each from where its last delivery stopped: doing it again sends what is new. What a
 * destination does is in the report; only what is wrong here is thrown. How far each got is kept in the store.
 */
export async function exportRuns(options: ExportOptions): Promise<ExportReport> {
  const { store, runs, destinations, signal } = options;
  const exported: ExportedRun[] = [];
  const sorted = parentsFirst(runs);
  for (const destination of destinations) {
    const there = new Map<LoggedRun, ExportedRun>();
    await eachAfterItsParent(sorted, runsAtOnce, async (run) => {
      if (signal?.aborted) return;
      const progress = () => ({ destination: destination.name, run, done: there.size, of: runs.length });
      options.onProgress?.(progress());
      const { state, delivery, cause } = await forward({
        journal: store.run(run.id).journal,
        backend: destination.backend,
        deliveries: store.deliveries,
        mask: destination.masks,
        onProgress: (moved) => options.onProgress?.({ ...progress(), delivery: moved }),
        ...(signal ? { signal } : {}),
      });
      const streams = Object.values(delivery.streams);
      there.set(run, {
        run: run.id,
        name: `${run.experiment}/${run.name}`,
        destination: destination.name,
        state,
        ...(cause === undefined ? {} : { cause }),
        parked: streams.flatMap((stream) => stream.parked),
        differences: addDifferences(...streams.map((stream) => stream.differences)),
        ...(delivery.remote ? { remote: delivery.remote } : {}),
      });
    });
    exported.push(...sorted.flatMap((run) => there.get(run) ?? []));
  }
  const differences = Object.fromEntries(
    destinations.map(({ name }) => {
      const there = exported.filter((run) => run.destination === name);
      return [name, addDifferences(...there.map((run) => run.differences))];
    }),
  );
  return { runs: exported, differences };
}
