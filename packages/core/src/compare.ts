import type { RunView } from "./fold.ts";
import { type Item, itemsOf, itemText } from "./items.ts";
import { canonicalJson, type Json } from "./json.ts";
import { comparePoints, contextKey, joinSeries, type Point, type Series } from "./series.ts";

/** One thing that should be in the copy and is not, or is there otherwise. */
export interface Mismatch {
  readonly kind: string;
  readonly key: string;
  /** What stands here and what there, as text for people; `there` is undefined where it is missing. */
  readonly here: string;
  readonly there: string | undefined;
}

/** Everything of `expected` that `actual` does not hold. What `actual` holds beyond that is not a mismatch. */
export function* missingFrom(actual: RunView, expected: RunView): IterableIterator<Mismatch> {
  const there = new Map<string, number>();
  const byName = new Map<string, Item>();
  for (const item of itemsOf(actual)) {
    const text = itemText(item);
    there.set(text, (there.get(text) ?? 0) + 1);
    byName.set(keyOf(item), item);
  }
  for (const item of itemsOf(expected)) {
    const text = itemText(item);
    const left = there.get(text) ?? 0;
    if (left > 0) {
      there.set(text, left - 1);
      continue;
    }
    const other = byName.get(keyOf(item));
    yield { kind: item.kind, key: item.key, here: short(item.value), there: other && short(other.value) };
  }
  for (const [name, metric] of expected.metrics) {
    yield* missingPoints(name, actual.metrics.get(name)?.series ?? joinSeries([]), metric.series);
  }
}

/** What mismatches of a view can be about: each of its items and points, as `keyOf` has them. */
export function* keysOf(view: RunView): IterableIterator<string> {
  for (const item of itemsOf(view)) yield keyOf(item);
  for (const [name, { series }] of view.metrics) {
    for (const point of series.points()) yield keyOf({ kind: "point", key: spotOf(name, point) });
  }
}

/** The same for what is of the same kind and name, wherever it stands. */
export function keyOf({ kind, key }: Pick<Mismatch, "kind" | "key">): string {
  return `${kind}\n${key}`;
}

/** `val_auc, step 14: here 0.8132, there 0.8123` */
export function describeMismatch(mismatch: Mismatch): string {
  const there = mismatch.there === undefined ? "there missing" : `there ${mismatch.there}`;
  return `${mismatch.kind} ${mismatch.key}: here ${mismatch.here}, ${there}`;
}

/** Walks both series in order of time; memory for one metric at a time. */
function* missingPoints(name: string, actual: Series, expected: Series): IterableIterator<Mismatch> {
  if (isInSameOrder(actual, expected)) return; // as almost every copy is
  const there = sortedPoints(actual);
  let spots: Map<string, Point> | undefined; // only built where something is amiss
  let next = 0;
  for (const point of sortedPoints(expected)) {
    while (next < there.length && comparePoints(there[next]!, point) < 0) next++;
    if (next < there.length && comparePoints(there[next]!, point) === 0) {
      next++;
      continue;
    }
    spots ??= new Map(there.map((candidate) => [spotOf(name, candidate), candidate]));
    const key = spotOf(name, point);
    const other = spots.get(key);
    yield { kind: "point", key, here: valueText(point), there: other && valueText(other) };
  }
}

/** Whether they are the same points, and come one by one in the same order. */
function isInSameOrder(actual: Series, expected: Series): boolean {
  if (actual.length !== expected.length) return false;
  const there = actual.points();
  for (const point of expected.points()) {
    const next = there.next();
    if (next.done || comparePoints(next.value, point) !== 0) return false;
  }
  return true;
}

function sortedPoints(series: Series): readonly Point[] {
  return [...series.points()].sort(comparePoints);
}

function spotOf(name: string, point: Point): string {
  const step = point.step === undefined ? "" : `, step ${point.step}`;
  const key = contextKey(point.context);
  const context = key === "" ? "" : `, ${key}`;
  return `${name}${step} at ${point.at}${context}`;
}

function valueText(point: Point): string {
  return Object.is(point.value, -0) ? "-0" : String(point.value);
}

function short(value: Json): string {
  const text = typeof value === "string" ? value : canonicalJson(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
