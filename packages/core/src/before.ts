import type {
  ArtifactLogged,
  Context,
  DatasetUsed,
  MediaLogged,
  MetricDefined,
  MetricsLogged,
  ModelLogged,
  ModelRegistered,
  Recorded,
  RunEnded,
  RunStarted,
} from "./events.ts";
import { addFact, createFacts, type Placed, place } from "./facts.ts";
import { getOrCreate } from "./get-or-create.ts";
import type { Json } from "./json.ts";
import { contextKey } from "./series.ts";

/** What a stream has said of one metric so far, in its own order. */
export interface MetricProgress {
  readonly count: number;
  /** Points that had no step. */
  readonly withoutStep: number;
  /** The highest step so far, or -Infinity. */
  readonly highestStep: number;
  readonly lastStep: number | undefined;
  /** How often a step fell below the highest after one that had not: the number of separate late stretches. */
  readonly falls: number;
  /** The value that came last, and the smallest and greatest that are no NaN. Superseded points count too. */
  readonly lastValue: number;
  readonly least: number;
  readonly greatest: number;
}

/** What a stream has said of one name of media so far. */
export interface MediaProgress {
  readonly count: number;
  readonly last: Placed<MediaLogged>;
}

/**
 * The fold of one stream up to a cursor: bounded in the number of names, never holding points or text, and of media
 * only the last of each name. It is the forwarder's own object and goes on changing; read it during the call it is
 * handed to.
 */
export interface Before {
  /** The start of the run; in streams other than `main` it is there from the first event on. */
  readonly started: RunStarted | undefined;
  readonly params: ReadonlyMap<string, Placed<Json>>;
  readonly tags: ReadonlyMap<string, Placed<string | null>>;
  readonly definitions: ReadonlyMap<string, Placed<MetricDefined>>;
  /** By path, every version so far. */
  readonly artifacts: ReadonlyMap<string, readonly Placed<ArtifactLogged>[]>;
  readonly datasets: readonly Placed<DatasetUsed>[];
  readonly models: readonly Placed<ModelLogged>[];
  readonly registered: readonly Placed<ModelRegistered>[];
  readonly end: Placed<RunEnded> | undefined;
  readonly metrics: ReadonlyMap<string, MetricProgress>;
  /** The same for each context of a metric that has any; ask with `progressOf`. */
  readonly series: ReadonlyMap<string, MetricProgress>;
  readonly lastMedia: ReadonlyMap<string, MediaProgress>;
  /** How many events of each kind there were. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface BeforeFold {
  add(event: Recorded): void;
  readonly before: Before;
}

export function createBefore(stream: string, started?: RunStarted): BeforeFold {
  const facts = createFacts();
  facts.started = started;
  const metrics = new Map<string, Progress>();
  const series = new Map<string, Progress>();
  const counts = new Map<string, number>();
  const lastMedia = new Map<string, MediaProgress>();

  function add(event: Recorded): void {
    counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
    if (event.kind === "metrics.logged") addSteps(event);
    else if (event.kind === "media.logged") addMedia(event);
    else addFact(facts, stream, event, true);
    if (event.kind === "run.resumed" && event.fromStep !== undefined) rewind(event.fromStep);
  }

  function addMedia(event: Recorded<MediaLogged>): void {
    const count = (lastMedia.get(event.name)?.count ?? 0) + 1;
    lastMedia.set(event.name, { count, last: place(stream, event) });
  }

  function addSteps(event: MetricsLogged): void {
    const hasContext = contextKey(event.context) !== "";
    for (const name of Object.keys(event.values)) {
      const value = event.values[name]!;
      const progress = getOrCreate(metrics, name, newProgress);
      const plain = hasContext || series.size > 0 ? progressKey(name, undefined) : "";
      if (hasContext) {
        // From the first context on, the points without one are told apart as well.
        getOrCreate(series, plain, () => ({ ...progress }));
        addPoint(getOrCreate(series, progressKey(name, event.context), newProgress), event.step, value);
      } else if (series.size > 0 && series.has(plain)) {
        addPoint(series.get(plain)!, event.step, value);
      }
      addPoint(progress, event.step, value);
    }
  }

  function rewind(fromStep: number): void {
    for (const progress of metrics.values()) rewindProgress(progress, fromStep);
    for (const progress of series.values()) rewindProgress(progress, fromStep);
  }

  return { add, before: Object.assign(facts, { metrics, series, counts, lastMedia }) };
}

/** How far a series is: the points of a metric that have this context, or none. */
export function progressOf(before: Before, name: string, context: Context | undefined): MetricProgress | undefined {
  const apart = before.series.size > 0 ? before.series.get(progressKey(name, context)) : undefined;
  return apart ?? (contextKey(context) === "" ? before.metrics.get(name) : undefined);
}

/** The name of a series. */
export function progressKey(name: string, context: Context | undefined): string {
  return `${contextKey(context)}\n${name}`;
}

/** What a backend goes on with where it has to follow the steps within a batch. */
export type Progress = { -readonly [K in keyof MetricProgress]: MetricProgress[K] };

export function newProgress(): Progress {
  return {
    count: 0,
    withoutStep: 0,
    highestStep: Number.NEGATIVE_INFINITY,
    lastStep: undefined,
    falls: 0,
    lastValue: Number.NaN,
    least: Number.NaN,
    greatest: Number.NaN,
  };
}

/** Takes one point in. */
export function addPoint(progress: Progress, step: number | undefined, value: number): void {
  addStep(progress, step);
  progress.lastValue = value;
  // Written so that a NaN on either side never wins.
  if (!(value >= progress.least)) progress.least = Number.isNaN(value) ? progress.least : value;
  if (!(value <= progress.greatest)) progress.greatest = Number.isNaN(value) ? progress.greatest : value;
}

/** Takes the step of one point in. It is late where afterwards its step is below the highest. */
export function addStep(progress: Progress, step: number | undefined): void {
  progress.count++;
  if (step === undefined) {
    progress.withoutStep++;
    return;
  }
  const wasLate = progress.lastStep !== undefined && progress.lastStep < progress.highestStep;
  if (step < progress.highestStep && (!wasLate || step < progress.lastStep!)) progress.falls++;
  progress.lastStep = step;
  if (step > progress.highestStep) progress.highestStep = step;
}

/** Points from `fromStep` on are superseded: the series goes on as if they had not been. */
export function rewindProgress(progress: Progress, fromStep: number): void {
  if (progress.highestStep < fromStep) return;
  progress.highestStep = fromStep - 1;
  progress.lastStep = undefined;
}
