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
import type { MetricPoints } from "./fold-metrics.ts";
import { itemText } from "./items.ts";
import type { Json } from "./json.ts";
import { apartByContext, type ContextInName } from "./keep-contexts.ts";
import { comparePoints, joinSeries, type Point, type Series, seriesFrom } from "./series.ts";

/** What becomes of one thing at a destination. */
export type Fate<T> =
  /** Kept; with `converted`, in another form, and why in the words of the mapping table. */
  { readonly kept: T; readonly converted?: string | undefined } | { readonly leftOut: string };

export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

/** Decides on one thing of a run, of which it knows no more than the start. */
export type Rule<T> = (thing: T, started?: RunStarted) => Fate<T>;

/**
 * A mapping, thing by thing. What has no rule is kept as it is. Each rule is pure and looks at its thing alone, so that
 * a backend can use the same rule for one event.
 */
export interface KeepRules {
  readonly started?: (started: RunStarted) => Fate<RunStarted>;
  readonly ended?: Rule<Dated<RunEnded>>;
  readonly param?: (param: Named<Json>) => Fate<Named<Json>>;
  /** Instead of `param`: one may become several. Where two become one, the one set later holds, converted. */
  readonly params?: (param: Named<Json>) => Fate<readonly Named<Json>[]>;
  readonly tag?: (tag: Named<string>) => Fate<Named<string>>;
  readonly metricName?: (name: string) => Fate<string>;
  /** The place knows no contexts: a series that has one becomes a metric of its own, each point converted. */
  readonly contextInName?: ContextInName;
  readonly point?: (point: Point) => Fate<Point>;
  readonly definition?: (definition: MetricDefined) => Fate<MetricDefined>;
  readonly artifact?: Rule<Dated<ArtifactLogged>>;
  readonly replaced?: Rule<Dated<ArtifactLogged>>;
  readonly media?: Rule<Dated<MediaLogged>>;
  readonly dataset?: Rule<Dated<DatasetUsed>>;
  readonly model?: Rule<Dated<ModelLogged>>;
  readonly registered?: Rule<Dated<ModelRegistered>>;
  readonly alert?: Rule<Dated<AlertRaised>>;
  readonly console?: Rule<Dated<ConsoleLogged>>;
  readonly unknown?: Rule<Dated<UnknownEvent>>;
  /** The place cannot take points back: superseded ones stay in the series, converted, in these words. */
  readonly supersededStay?: string;
  /** The place holds equal points once: the others are converted, in these words. */
  readonly equalPointsMerge?: string;
}

/** The view that a destination with these rules holds, with everything it converts or leaves out in `differences`. */
export function keepView(view: RunView, rules: KeepRules): RunView {
  const tally = createTally();
  const started = view.started && applyRule(view.started, rules.started, tally, view.started.name);
  const ended = view.ended && applyRule(view.ended, about(rules.ended, view), tally, view.ended.status);
  return {
    id: view.id,
    started,
    status: view.status,
    ended,
    params: keepParams(view.params, rules, tally),
    tags: keepNamed(view.tags, rules.tag, tally, "tags"),
    metrics: keepMetrics(view, rules, tally),
    artifacts: new Map(
      keepList([...view.artifacts.values()], about(rules.artifact, view), tally).map((artifact) => [
        artifact.file.path,
        artifact,
      ]),
    ),
    replaced: keepList(view.replaced, about(rules.replaced, view), tally),
    media: keepList(view.media, about(rules.media, view), tally),
    datasets: keepList(view.datasets, about(rules.dataset, view), tally),
    models: keepList(view.models, about(rules.model, view), tally),
    registered: keepList(view.registered, about(rules.registered, view), tally),
    alerts: keepList(view.alerts, about(rules.alert, view), tally),
    console: keepList(view.console, about(rules.console, view), tally),
    unknown: keepList(view.unknown, about(rules.unknown, view), tally),
    differences: addDifferences(view.differences, tally.differences),
  };
}

/** The rule with what it may know of the run. */
function about<T>(rule: Rule<T> | undefined, { started }: RunView): ((thing: T) => Fate<T>) | undefined {
  return rule && ((thing) => rule(thing, started));
}

/** Applies one rule and counts its difference: what `keepView` does for each thing, for use in a `write`. */
export function applyRule<T>(
  thing: T,
  rule: ((thing: T) => Fate<T>) | undefined,
  tally: Tally,
  example?: string,
): T | undefined {
  return rule ? applyRuleTo(thing, rule, tally, example) : thing;
}

function applyRuleTo<T, K>(thing: T, rule: (thing: T) => Fate<K>, tally: Tally, example?: string): K | undefined {
  const fate = rule(thing);
  if ("leftOut" in fate) {
    tally.add("left out", fate.leftOut, example);
    return undefined;
  }
  if (fate.converted !== undefined) tally.add("converted", fate.converted, example);
  return fate.kept;
}

function keepParams(all: ReadonlyMap<string, Json>, rules: KeepRules, tally: Tally): ReadonlyMap<string, Json> {
  if (!rules.params) return keepNamed(all, rules.param, tally, "params");
  const kept = new Map<string, Json>();
  for (const [name, value] of all) {
    for (const param of applyRuleForParam({ name, value }, rules, tally)) {
      if (kept.has(param.name)) tally.add("converted", "params of one name, of which the last holds", param.name);
      kept.set(param.name, param.value);
    }
  }
  return kept;
}

/** What a param becomes by either of its rules. */
export function applyRuleForParam(param: Named<Json>, rules: KeepRules, tally: Tally): readonly Named<Json>[] {
  if (rules.params) return applyRuleTo(param, rules.params, tally, param.name) ?? [];
  const kept = applyRule(param, rules.param, tally, param.name);
  return kept ? [kept] : [];
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
    for (const [heldName, points] of apartByContext(name, keptName, metric, rules.contextInName, tally)) {
      if (metrics.has(heldName)) throw collision("metrics", heldName);
      const isPlain = heldName === keptName;
      metrics.set(heldName, {
        definition: isPlain && definition ? { ...definition, name: keptName } : undefined,
        series: keepPoints(name, points, rules, tally),
        superseded: rules.supersededStay === undefined ? points.superseded : joinSeries([]),
        ...(isPlain && keptName !== name ? { was: name } : {}),
      });
    }
  }
  return metrics;
}

function keepPoints(name: string, metric: MetricPoints, rules: KeepRules, tally: Tally): Series {
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
