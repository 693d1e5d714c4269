import { type Difference, fold, isRunferryError, type Journal, type Mismatch, verify } from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination, LoggedRun } from "@runferry/tracker";

export interface VerifyOptions {
  readonly store: Store;
  readonly runs: readonly LoggedRun[];
  readonly destinations: readonly Destination[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number, destination: string) => void;
}

/**
 * `equal`: everything is there as it is. `converted`: everything that this kind of place can hold is there, some of it in
 * another form or left out, as planned. `different`: something is lost. `missing`: the run is not there.
 */
export type Equality = "equal" | "converted" | "different" | "missing";

export interface VerifiedRun {
  readonly run: string;
  readonly name: string;
  readonly destination: string;
  readonly equality: Equality;
  readonly points: number;
  readonly differences: readonly Difference[];
  /** What was found lost, one by one. */
  readonly mismatches: readonly Mismatch[];
}

/** Reads runs back from every destination and compares them with the journals, point by point. Writes nothing. */
export async function verifyRuns(options: VerifyOptions): Promise<readonly VerifiedRun[]> {
  const { store, runs, destinations, signal } = options;
  const reading = signal ? { signal } : {};
  const verified: VerifiedRun[] = [];
  for (const { name: destination, source, backend, masks } of destinations) {
    const copies = await copiesIn(source.runs({ ids: runs.map((run) => run.id), ...reading }));
    for (const [done, run] of runs.entries()) {
      options.onProgress?.(done, runs.length, destination);
      const view = await fold(store.run(run.id).journal, { mask: masks, ...reading });
      const points = [...view.metrics.values()].reduce((sum, metric) => sum + metric.series.length, 0);
      const named = { run: run.id, name: `${run.experiment}/${run.name}`, destination, points };
      const copy = copies.get(run.id);
      if (copy === undefined) {
        verified.push({ ...named, equality: "missing", differences: [], mismatches: [] });
        continue;
      }
      const verdict = verify(view, backend.keeps, await fold(copy, reading));
      const asItIs = verdict.differences.length === view.differences.length;
      const equality = verdict.complete ? (asItIs ? "equal" : "converted") : "different";
      verified.push({ ...named, equality, differences: verdict.differences, mismatches: verdict.mismatches });
    }
  }
  return verified;
}

async function copiesIn(journals: AsyncIterable<Journal>): Promise<ReadonlyMap<string, Journal>> {
  const copies = new Map<string, Journal>();
  try {
    for await (const journal of journals) copies.set(journal.run, journal);
  } catch (cause) {
    if (!isRunferryError(cause, "not_found")) throw cause; // a place that is not there has no runs
  }
  return copies;
}
