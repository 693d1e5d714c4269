import { setImmediate } from "node:timers/promises";
import { inLanes } from "./in-lanes.ts";
import type { RunLabel } from "./run-label.ts";

/** A place that nests runs must know the parent first. */
export function parentsFirst(runs: readonly RunLabel[]): readonly RunLabel[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const sorted = new Set<RunLabel>();
  const add = (run: RunLabel, below: ReadonlySet<string>) => {
    const parent = run.parent === undefined ? undefined : byId.get(run.parent);
    if (parent && !below.has(parent.id)) add(parent, new Set([...below, run.id]));
    sorted.add(run);
  };
  for (const run of runs) add(run, new Set());
  return [...sorted];
}

/**
 * Does the work of every run, so many at once, in the order of the list; a run begins when its parent is done. Once one
 * has failed no other is begun, and it fails when those under way have ended.
 */
export async function eachAfterItsParent(
  runs: readonly RunLabel[],
  atOnce: number,
  work: (run: RunLabel) => Promise<void>,
): Promise<void> {
  const parents = new Set(runs.map(({ parent }) => parent));
  const begun = new Map<string, Promise<void>>();
  const waiting = runs.values(); // shared by all lanes: each run is taken by one of them
  let failed = false;
  await inLanes(Math.min(atOnce, runs.length), async () => {
    for (const run of waiting) {
      await setImmediate(); // a run of which nothing is to be done waits for nothing, and Ctrl-C has to be heard
      if (failed) return;
      const parent = run.parent === undefined ? undefined : begun.get(run.parent);
      const working = (parent ?? Promise.resolve()).then(() => work(run));
      if (parents.has(run.id)) begun.set(run.id, working);
      try {
        await working;
      } catch (cause) {
        failed = true;
        throw cause;
      }
    }
  });
}
