import { comparePoints, type Point, type RunView, summarise } from "@runferry/core";
import type { RunEntry, StoredRun } from "@runferry/local";
import { withoutPrototype } from "./plain-json.ts";

/** A metric of a run that is read back. NaN is in `min` and `max` only where there is nothing else. */
export interface LoggedMetric {
  readonly name: string;
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  /** Every point, in the order of time. */
  series(): readonly Point[];
}

export type LoggedMetrics = { readonly [name: string]: LoggedMetric };

/** From the summary at the end of the journal where that tells of every stream, else from the whole of it. */
export function loggedMetrics(entry: RunEntry, stored: StoredRun, view: () => RunView): LoggedMetrics {
  const series = (name: string) => [...(view().metrics.get(name)?.series.points() ?? [])].sort(comparePoints);
  const listed = Object.entries(entry.metrics);
  const isWhole = listed.length > 0 && listed.every(([, metric]) => metric.count !== undefined);
  if (isWhole && stored.streams.every((stream) => stream === "main" || stream === "observer")) {
    return withoutPrototype(
      listed.map(([name, { last, count = 0, min = last, max = last, first = last }]) => [
        name,
        { name, count, first, last, min, max, series: () => series(name) },
      ]),
    );
  }
  const metrics: [string, LoggedMetric][] = [];
  for (const [name, metric] of view().metrics) {
    const { count, min, max, first, last } = summarise(metric.series);
    if (first === undefined || last === undefined) continue; // only defined
    metrics.push([name, { name, count, first: first.value, last: last.value, min, max, series: () => series(name) }]);
  }
  return withoutPrototype(metrics);
}
