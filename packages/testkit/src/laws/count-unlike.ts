import {
  comparePoints,
  type Item,
  itemsOf,
  itemText,
  joinSeries,
  type Point,
  type RunView,
  type Series,
} from "@runferry/core";

/**
 * How many things of a view a kept view does not hold just as they are. A thing is what one rule decides on: the start
 * of the run, its end, a param, a definition, the name of a metric, a point.
 */
export function countUnlike(view: RunView, kept: RunView): number {
  return unlikeItems(view, kept) + unlikeMetrics(view, kept);
}

function unlikeItems(view: RunView, kept: RunView): number {
  const held = new Map<string, number>();
  for (const item of itemsOf(kept)) {
    const text = itemText(withOriginalName(item, kept));
    held.set(text, (held.get(text) ?? 0) + 1);
  }
  const originals = new Set([...kept.metrics].map(([name, metric]) => metric.was ?? name));
  const unlike = new Set<string>();
  let count = 0;
  for (const item of itemsOf(view)) {
    const left = held.get(itemText(item)) ?? 0;
    if (left > 0) {
      held.set(itemText(item), left - 1);
    } else if (item.kind === "metric definition") {
      // Of a metric that is left out, nothing more is told.
      if (originals.has(metricOf(item))) unlike.add(`definition ${metricOf(item)}`);
    } else if (item.kind === "run" || item.kind === "end") {
      unlike.add(item.kind); // several items that are one thing to a rule
    } else {
      count++;
    }
  }
  return count + unlike.size;
}

/** A definition under another name is the same definition. */
function withOriginalName(item: Item, kept: RunView): Item {
  if (item.kind !== "metric definition") return item;
  const name = metricOf(item);
  return { ...item, key: `${kept.metrics.get(name)?.was ?? name}${item.key.slice(name.length)}` };
}

function metricOf(definition: Item): string {
  return definition.key.slice(0, definition.key.lastIndexOf(" "));
}

function unlikeMetrics(view: RunView, kept: RunView): number {
  const byOriginal = new Map([...kept.metrics].map(([name, metric]) => [metric.was ?? name, { name, metric }]));
  let count = 0;
  for (const [name, metric] of view.metrics) {
    const held = byOriginal.get(name);
    if (!held || held.name !== name) count++;
    if (!held) continue;
    const stay = held.metric.superseded.length === 0;
    const points = stay ? joinSeries([metric.series, metric.superseded]) : metric.series;
    count += unlikePoints(points, held.metric.series) + (stay ? metric.superseded.length : 0);
  }
  return count;
}

/** Points here that are not there as they are; those that only changed are there once for each here, or merged. */
function unlikePoints(here: Series, there: Series): number {
  const sorted = [...there.points()].sort(comparePoints);
  let next = 0;
  let unlike = 0;
  for (const point of [...here.points()].sort(comparePoints)) {
    while (next < sorted.length && comparePoints(sorted[next] as Point, point) < 0) next++;
    if (next < sorted.length && comparePoints(sorted[next] as Point, point) === 0) next++;
    else unlike++;
  }
  return unlike;
}
