import { addDifferences, createTally, type Tally } from "./differences.ts";
import { RunferryError } from "./errors.ts";
import type {
  AlertRaised,
  ArtifactLogged,
  ConsoleLogged,
  DatasetUsed,
  MediaLogged,
  MetricDefined,
  ModelLogged,
  ModelRegistered,
  RunEnded,
  RunStarted,
  UnknownEvent,
} from "./events.ts";
import type { Dated, MetricView, RunView } from "./fold.ts";
import { itemText } from "./items.ts";
import type { Json } from "./json.ts";
import { comparePoints, joinSeries, type Point, type Series, seriesFrom } from "./series.ts";

/** What becomes of one thing at a destination. */
export type Fate<T> =
  /** Kept; with `converted`, in another form, and why in the words of the mapping table. */
  { readonly kept: T; readonly converted?: string | undefined } | { readonly leftOut: string };

export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

/**
 * A mapping, thing by thing. What has no rule is kept as it is. Each rule is pure and looks at its thing alone, so that
 * a backend can use the same rule for one event.
 */
export interface KeepRules {
  readonly started?: (started: RunStarted) => Fate<RunStarted>;
  readonly ended?: (ended: Dated<RunEnded>) => Fate<Dated<RunEnded>>;
  readonly param?: (param: Named<Json>) => Fate<Named<Json>>;
  readonly tag?: (tag: Named<string>) => Fate<Named<string>>;
  readonly metricName?: (name: string) => Fate<string>;
  readonly point?: (point: Point) => Fate<Point>;
  readonly definition?: (definition: MetricDefined) => Fate<MetricDefined>;
  readonly artifact?: (artifact: Dated<ArtifactLogged>) => Fate<Dated<ArtifactLogged>>;
  readonly replaced?: (artifact: Dated<ArtifactLogged>) => Fate<Dated<ArtifactLogged>>;
  readonly media?: (media: Dated<MediaLogged>) => Fate<Dated<MediaLogged>>;
  readonly dataset?: (dataset: Dated<DatasetUsed>) => Fate<Dated<DatasetUsed>>;
  readonly model?: (model: Dated<ModelLogged>) => Fate<Dated<ModelLogged>>;
  readonly registered?: (model: Dated<ModelRegistered>) => Fate<Dated<ModelRegistered>>;
  readonly alert?: (alert: Dated<AlertRaised>) => Fate<Dated<AlertRaised>>;
  readonly console?: (line: Dated<ConsoleLogged>) => Fate<Dated<ConsoleLogged>>;
  readonly unknown?: (event: Dated<UnknownEvent>) => Fate<Dated<UnknownEvent>>;
  /** The place cannot take points back: superseded ones stay in the series, converted, in these words. */
  readonly supersededStay?: string;
  /** The place holds equal points once: the others are converted, in these words. */
  readonly equalPointsMerge?: string;
}

/** The view that a destination with these rules holds, with everything it converts or leaves out in `differences`. */
export function keepView(view: RunView, rules: KeepRules): RunView {
  const tally = createTally();
  const started = view.started && applyRule(view.started, rules.started, tally, view.started.name);
  const ended = view.ended && applyRule(view.ended, rules.ended, tally, view.ended.status);
  return {
    id: view.id,
    started,
    status: view.status,
    ended,
    params: keepNamed(view.params, rules.param, tally, "params"),
    tags: keepNamed(view.tags, rules.tag, tally, "tags"),
    metrics: keepMetrics(view, rules, tally),
    artifacts: new Map(
      keepList([...view.artifacts.values()], rules.artifact, tally).map((artifact) => [artifact.file.path, artifact]),
    ),
    replaced: keepList(view.replaced, rules.replaced, tally),
    media: keepList(view.media, rules.media, tally),
    datasets: keepList(view.datasets, rules.dataset, tally),
    models: keepList(view.models, rules.model, tally),
    registered: keepList(view.registered, rules.registered, tally),
    alerts: keepList(view.alerts, rules.alert, tally),
    console: keepList(view.console, rules.console, tally),
    unknown: keepList(view.unknown, rules.unknown, tally),
    differences: addDifferences(view.differences, tally.differences),
  };
}

/** Applies one rule and counts its difference: what `keepView` does for each thing, for use in a `write`. */
export function applyRule<T>(
  thing: T,
  rule: ((thing: T) => Fate<T>) | undefined,
  tally: Tally,
  example?: string,
): T | undefined {
  if (!rule) return thing;
  const fate = rule(thing);
  if ("leftOut" in fate) {
    tally.add("left out", fate.leftOut, example);
    return undefined;
  }
  if (fate.converted !== undefined) tally.add("converted", fate.converted, example);
  return fate.kept;
}

function keepNamed<T>(
  all: ReadonlyMap<string, T>,
  rule: ((named: Named<T>) => Fate<Named<T>>) | undefined,
  tally: Tally,
  what: string,
): ReadonlyMap<string, T> {
  if (!rule) return all;
  const kept = new Map<string, T>();
  for (const [name, value] of all) {
    const named = applyRule({ name, value }, rule, tally, name);
    if (!named) continue;
    if (kept.has(named.name)) throw collision(what, named.name);
    kept.set(named.name, named.value);
  }
  return kept;
}

function keepList<T extends object>(
  all: readonly T[],
  rule: ((thing: T) => Fate<T>) | undefined,
  tally: Tally,
): readonly T[] {
  if (!rule) return all;
  return all.flatMap((thing) => applyRule(thing, rule, tally, exampleOf(thing)) ?? []);
}

function keepMetrics(view: RunView, rules: KeepRules, tally: Tally): ReadonlyMap<string, MetricView> {
  const metrics = new Map<string, MetricView>();
  for (const [name, metric] of view.metrics) {
    const keptName = applyRule(name, rules.metricName, tally, name);
    if (keptName === undefined) continue;
    const definition = metric.definition && applyRule(metric.definition, rules.definition, tally, name);
    if (metrics.has(keptName)) throw collision("metrics", keptName);
    metrics.set(keptName, {
      definition: definition && { ...definition, name: keptName },
      series: keepPoints(name, metric, rules, tally),
      superseded: rules.supersededStay === undefined ? metric.superseded : joinSeries([]),
      ...(keptName === name ? {} : { was: name }),
    });
  }
  return metrics;
}

function keepPoints(name: string, metric: MetricView, rules: KeepRules, tally: Tally): Series {
  const stay = rules.supersededStay !== undefined && metric.superseded.length > 0;
  if (stay) tally.add("converted", rules.supersededStay!, name, metric.superseded.length);
  if (!stay && !rules.point && rules.equalPointsMerge === undefined) return metric.series;
  const all = stay ? joinSeries([metric.series, metric.superseded]) : metric.series;
  const kept = function* (): IterableIterator<Point> {
    for (const point of all.points()) {
      const fate = applyRule(point, rules.point, tally, name);
      if (fate) yield fate;
    }
  };
  if (rules.equalPointsMerge === undefined) return seriesFrom(kept());
  const sorted = [...kept()].sort(comparePoints);
  const merged = sorted.filter((point, i) => i === 0 || comparePoints(sorted[i - 1]!, point) !== 0);
  if (merged.length < sorted.length) {
    tally.add("converted", rules.equalPointsMerge, name, sorted.length - merged.length);
  }
  return seriesFrom(merged);
}

function collision(what: string, name: string): RunferryError {
  return new RunferryError("contract_broken", `two ${what} are both mapped to ${JSON.stringify(name)}`, {
    hint: "map names by a rule that never gives two names the same result",
    data: "nothing was written",
  });
}

/** What a difference of this thing is shown by. */
export function exampleOf(thing: object): string {
  if ("file" in thing) return (thing as ArtifactLogged).file.path;
  for (const field of ["name", "title", "was", "from"]) if (field in thing) return String(thing[field as keyof object]);
  return itemText({ kind: "", key: "", value: thing as never }).trim();
}
