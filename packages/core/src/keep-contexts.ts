import type { Tally } from "./differences.ts";
import type { Context } from "./events.ts";
import type { MetricPoints } from "./fold-metrics.ts";
import { getOrCreate } from "./get-or-create.ts";
import { contextKey, type Point, seriesFrom } from "./series.ts";

export interface ContextInName {
  /** In the words of the mapping table. */
  readonly kind: string;
  /** Never the same for different contexts, nor the kept name of another metric. */
  nameOf(keptName: string, context: Context): string;
}

/** The points of a metric by the name that they are kept under: all under one, unless contexts are part of names. */
export function apartByContext(
  name: string,
  keptName: string,
  metric: MetricPoints,
  contextInName: ContextInName | undefined,
  tally: Tally,
): ReadonlyMap<string, MetricPoints> {
  const plain: { series: Point[]; superseded: Point[] } = { series: [], superseded: [] };
  const apart = new Map([[keptName, plain]]);
  let found = 0;
  if (contextInName) {
    for (const part of ["series", "superseded"] as const) {
      for (const point of metric[part].points()) {
        const { context } = point;
        const isPlain = contextKey(context) === "";
        if (!isPlain) found++;
        const to = isPlain ? keptName : contextInName.nameOf(keptName, context!);
        getOrCreate(apart, to, () => ({ series: [], superseded: [] }))[part].push({ ...point, context: undefined });
      }
    }
  }
  if (!contextInName || found === 0) return new Map([[keptName, metric]]);
  tally.add("converted", contextInName.kind, name, found);
  return new Map(
    [...apart].map(([to, points]) => [
      to,
      { series: seriesFrom(points.series), superseded: seriesFrom(points.superseded) },
    ]),
  );
}
