import {
  addPoint,
  type Before,
  type Context,
  type Dated,
  type Json,
  type MediaLogged,
  type MetricDefined,
  type ModelLogged,
  type ModelRegistered,
  newProgress,
  progressKey,
  progressOf,
  type Recorded,
  type RunEnded,
  type RunEvent,
  type RunStarted,
  type StepProgress,
} from "@runferry/core";
import { columnOf } from "./names.ts";

/** What a stream has said, with the events of a batch taken in one by one: what `before` will be after it. */
export interface After {
  take(event: Recorded): void;
  readonly started: RunStarted | undefined;
  readonly ended: Dated<RunEnded> | undefined;
  params(): ReadonlyMap<string, Json>;
  tags(): ReadonlyMap<string, string>;
  definitions(): ReadonlyMap<string, MetricDefined>;
  /** By column, in the order of the columns' names. */
  metrics(): ReadonlyMap<string, MetricState>;
  readonly models: readonly ModelLogged[];
  readonly registered: readonly Dated<ModelRegistered>[];
  /** The last of each name. */
  media(): readonly Pick<MediaLogged, "name" | "step" | "context" | "media">[];
}

export interface MetricState extends Readonly<StepProgress> {
  readonly name: string;
  readonly hasContext: boolean;
}

interface Followed {
  readonly name: string;
  readonly context: Context | undefined;
  readonly progress: StepProgress;
}

export function createAfter(before: Before): After {
  let started = before.started;
  let ended: Dated<RunEnded> | undefined = before.end && { ...before.end.value, at: before.end.at };
  const params = new Map<string, Json>();
  const tags = new Map<string, string | null>();
  const definitions = new Map<string, MetricDefined>();
  const series = new Map<string, Followed>();
  const media = new Map<string, MediaLogged>();
  const models = before.models.map(({ value }) => value);
  const registered = before.registered.map(({ value, at }) => ({ ...value, at }));

  function addValues(values: { readonly [name: string]: number }, step: number | undefined, context?: Context): void {
    for (const name of Object.keys(values)) {
      const key = progressKey(name, context);
      let followed = series.get(key);
      if (!followed) {
        const known = progressOf(before, name, context);
        followed = { name, context, progress: known ? { ...known } : newProgress() };
        series.set(key, followed);
      }
      addPoint(followed.progress, step, values[name]!);
    }
  }

  function take(event: Recorded): void {
    if (event.kind === "metrics.logged") addValues(event.values, event.step, event.context);
    else if (event.kind === "media.logged") media.set(event.name, event);
    else if (event.kind === "params.set") setAll(params, event.values);
    else if (event.kind === "tags.set") setAll(tags, event.values);
    else if (event.kind === "metric.defined") definitions.set(event.name, event);
    else if (event.kind === "run.started") started ??= startOf(event);
    else if (event.kind === "model.logged") models.push(withoutSeq(event));
    else if (event.kind === "model.registered") registered.push(withoutSeq(event));
    else if (event.kind === "run.ended") ended = withoutSeq(event);
    else if (event.kind === "run.resumed") ended = undefined;
  }

  function metrics(): ReadonlyMap<string, MetricState> {
    const all = new Map<string, MetricState>();
    const put = (name: string, context: Context | undefined, progress: Readonly<StepProgress>) => {
      const hasContext = context !== undefined && Object.keys(context).length > 0;
      if (progress.count > 0) all.set(columnOf(name, context), { ...progress, name, hasContext });
    };
    for (const [name, progress] of before.metrics) {
      put(
        name,
        undefined,
        before.series.size > 0 ? (before.series.get(progressKey(name, undefined)) ?? progress) : progress,
      );
    }
    for (const [key, progress] of before.series) {
      const [text = "", ...name] = key.split("\n");
      if (text !== "") put(name.join("\n"), Object.fromEntries(JSON.parse(text) as [string, string][]), progress);
    }
    for (const { name, context, progress } of series.values()) put(name, context, progress);
    return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  return {
    take,
    get started() {
      return started;
    },
    get ended() {
      return ended;
    },
    params: () => new Map([...valuesOf(before.params), ...params]),
    tags: () =>
      new Map([...valuesOf(before.tags), ...tags].flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    definitions: () => new Map([...valuesOf(before.definitions), ...definitions]),
    metrics,
    models,
    registered,
    media: () => [
      ...[...before.lastMedia].flatMap(([name, { last }]) => (media.has(name) ? [] : [last.value])),
      ...media.values(),
    ],
  };
}

function valuesOf<T>(all: ReadonlyMap<string, { readonly value: T }>): [string, T][] {
  return [...all].map(([name, { value }]) => [name, value]);
}

function setAll<T>(map: Map<string, T>, values: { readonly [name: string]: T }): void {
  for (const [name, value] of Object.entries(values)) map.set(name, value);
}

function startOf({ seq: _seq, at: _at, ...started }: Recorded<RunStarted>): RunStarted {
  return started;
}

function withoutSeq<E extends RunEvent>({ seq: _seq, ...event }: Recorded<E>): Dated<E> {
  return event as unknown as Dated<E>;
}
