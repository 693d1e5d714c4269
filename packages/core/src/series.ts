import type { Context } from "./events.ts";
import { getOrCreate } from "./get-or-create.ts";
import { type Chunk, openChunk, packChunk } from "./series-chunk.ts";

/** One value of a metric. */
export interface Point {
  readonly step: number | undefined;
  readonly at: number;
  readonly value: number;
  readonly context: Context | undefined;
}

/** The points of a metric: a multiset, told in no particular order. */
export interface Series {
  readonly length: number;
  points(): IterableIterator<Point>;
}

/** Collects the points of one metric in one context. */
export interface SeriesBuilder {
  add(step: number | undefined, at: number, value: number): void;
  /** Takes out the points whose step is `fromStep` or more, and gives them back as a series. */
  cut(fromStep: number): Series;
  readonly series: Series;
}

const chunkPoints = 4096;

export function createSeriesBuilder(context: Context | undefined): SeriesBuilder {
  let chunks: Chunk[] = [];
  // Plain lists until a chunk is full: most series are short, and typed arrays that grow are dear to make.
  let [steps, ats, values]: [number[], number[], number[]] = [[], [], []];

  function add(step: number | undefined, at: number, value: number): void {
    if (steps.length === chunkPoints) {
      chunks.push(packChunk(new Float64Array(steps), new Float64Array(ats), new Float64Array(values)));
      [steps, ats, values] = [[], [], []];
    }
    steps.push(step ?? Number.NaN);
    ats.push(at);
    values.push(value);
  }

  function series(): Series {
    return seriesOf(context, steps.length === 0 ? chunks.slice() : [...chunks, openChunk(steps, ats, values)]);
  }

  function cut(fromStep: number): Series {
    const before = series();
    const dropped = createSeriesBuilder(context);
    chunks = [];
    [steps, ats, values] = [[], [], []];
    for (const point of before.points()) {
      if (point.step !== undefined && point.step >= fromStep) dropped.add(point.step, point.at, point.value);
      else add(point.step, point.at, point.value);
    }
    return dropped.series;
  }

  return {
    add,
    cut,
    get series() {
      return series();
    },
  };
}

/** One series with the points of all. */
export function joinSeries(all: readonly Series[]): Series {
  if (all.length === 1) return all[0]!;
  return {
    length: all.reduce((sum, series) => sum + series.length, 0),
    *points() {
      for (const series of all) yield* series.points();
    },
  };
}

/** A series with the given points, e.g. those that a destination keeps. */
export function seriesFrom(points: Iterable<Point>): Series {
  const builders = new Map<string, SeriesBuilder>();
  for (const point of points) {
    const key = contextKey(point.context);
    const builder = getOrCreate(builders, key, () => createSeriesBuilder(point.context));
    builder.add(point.step, point.at, point.value);
  }
  return joinSeries([...builders.values()].map((builder) => builder.series));
}

/** The same text for the same context, whatever the order of its keys. */
export function contextKey(context: Context | undefined): string {
  if (context === undefined) return "";
  const keys = Object.keys(context);
  return keys.length === 0 ? "" : JSON.stringify(keys.sort().map((key) => [key, context[key]]));
}

/** By (at, step, value), a point without step first, NaN last: a total order, so that `last` is the same everywhere. */
export function comparePoints(a: Point, b: Point): number {
  return (
    a.at - b.at ||
    compareSteps(a.step, b.step) ||
    compareValues(a.value, b.value) ||
    compareText(contextKey(a.context), contextKey(b.context))
  );
}

/** The smallest and the greatest point by `comparePoints`, and the range of the values that are numbers. */
export interface SeriesSummary {
  readonly count: number;
  readonly first: Point | undefined;
  readonly last: Point | undefined;
  readonly min: number;
  readonly max: number;
}

export function summarise(series: Series): SeriesSummary {
  let first: Point | undefined;
  let last: Point | undefined;
  let min = Number.NaN;
  let max = Number.NaN;
  for (const point of series.points()) {
    if (first === undefined || comparePoints(point, first) < 0) first = point;
    if (last === undefined || comparePoints(point, last) > 0) last = point;
    if (Number.isNaN(point.value)) continue;
    if (!(point.value >= min)) min = point.value;
    if (!(point.value <= max)) max = point.value;
  }
  return { count: series.length, first, last, min, max };
}

function compareSteps(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  return b === undefined ? 1 : a - b;
}

function compareValues(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  // Not a - b: that is NaN for two infinities, and 0 for 0 and -0.
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  return a < b ? -1 : 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function seriesOf(context: Context | undefined, chunks: readonly Chunk[]): Series {
  return {
    length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    *points() {
      for (const chunk of chunks) {
        for (let i = 0; i < chunk.length; i++) {
          const step = chunk.step(i);
          yield { step: Number.isNaN(step) ? undefined : step, at: chunk.at(i), value: chunk.value(i), context };
        }
      }
    },
  };
}
