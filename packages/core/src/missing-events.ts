import type { MetricsLogged, RunEvent } from "./events.ts";
import type { Dated, RunView } from "./fold.ts";
import { getOrCreate } from "./get-or-create.ts";
import { canonicalJson, type Json, sameJson } from "./json.ts";
import { comparePoints, contextKey, joinSeries, type Point, type Series } from "./series.ts";

/** An event, and when what it says happened. */
export interface TimedEvent {
  readonly event: RunEvent;
  readonly at: number;
}

const lists = ["media", "datasets", "models", "registered", "alerts", "console", "unknown"] as const;

/**
 * What one view of a run says and an earlier one does not, as events to append to the journal of the earlier: points,
 * params and tags that are new or changed, files, and how it ended. Nothing is taken back.
 */
export function missingEvents(before: RunView, now: RunView): readonly TimedEvent[] {
  const events = [...missingPoints(before, now), ...missingArtifacts(before, now), ...missingItems(before, now)];
  const lastAt = events.reduce((last, { at }) => Math.max(last, at), now.ended?.at ?? now.started?.createdAt ?? 0);
  const params = [...now.params].filter(
    ([name, value]) => !before.params.has(name) || !sameJson(before.params.get(name)!, value),
  );
  if (params.length > 0) events.push({ event: { kind: "params.set", values: Object.fromEntries(params) }, at: lastAt });
  const tags = [...now.tags].filter(([name, value]) => before.tags.get(name) !== value);
  if (tags.length > 0) events.push({ event: { kind: "tags.set", values: Object.fromEntries(tags) }, at: lastAt });
  events.sort((a, b) => a.at - b.at);
  const hasEnded =
    now.ended !== undefined && (!before.ended || canonicalJson(endText(before)) !== canonicalJson(endText(now)));
  if (before.ended && (events.length > 0 || hasEnded)) {
    events.unshift({ event: { kind: "run.resumed" }, at: events[0]?.at ?? lastAt });
  }
  const end = hasEnded || (before.ended && events.length > 0) ? (now.ended ?? undefined) : undefined;
  if (end) events.push(undated(end));
  return events;
}

function endText({ ended }: RunView): Json {
  const { at: _at, summary: _summary, after: _after, ...said } = ended!;
  return said as unknown as Json;
}

/** Points that were logged at once. */
interface Call {
  readonly at: number;
  readonly event: MetricsLogged;
  readonly values: Map<string, number>;
}

function* missingPoints(before: RunView, now: RunView): IterableIterator<TimedEvent> {
  const calls = new Map<string, Call>();
  for (const [name, { series, definition }] of now.metrics) {
    const known = before.metrics.get(name);
    if (
      definition &&
      canonicalJson((known?.definition ?? null) as Json) !== canonicalJson(definition as unknown as Json)
    ) {
      yield { event: definition, at: now.started?.createdAt ?? 0 };
    }
    for (const point of pointsBeyond(known?.series ?? joinSeries([]), series)) {
      const { step, at, context, value } = point;
      const key = `${at}\n${step}\n${contextKey(context)}`;
      const head = { ...(step === undefined ? {} : { step }), ...(context ? { context } : {}) };
      const call = getOrCreate(
        calls,
        key,
        (): Call => ({ at, event: { kind: "metrics.logged", ...head, values: {} }, values: new Map() }),
      );
      if (call.values.has(name)) yield { event: { ...call.event, values: { [name]: value } }, at };
      else call.values.set(name, value);
    }
  }
  for (const { event, at, values } of calls.values()) {
    yield { event: { ...event, values: Object.fromEntries(values) }, at };
  }
}

function* pointsBeyond(before: Series, now: Series): IterableIterator<Point> {
  const known = [...before.points()].sort(comparePoints);
  let next = 0;
  for (const point of [...now.points()].sort(comparePoints)) {
    while (next < known.length && comparePoints(known[next]!, point) < 0) next++;
    if (next < known.length && comparePoints(known[next]!, point) === 0) next++;
    else yield point;
  }
}

function* missingArtifacts(before: RunView, now: RunView): IterableIterator<TimedEvent> {
  for (const [path, artifact] of now.artifacts) {
    const known = before.artifacts.get(path);
    if (known?.file.sha256 !== artifact.file.sha256 || known.type !== artifact.type) yield undated(artifact);
  }
}

function* missingItems(before: RunView, now: RunView): IterableIterator<TimedEvent> {
  for (const list of lists) {
    const known = new Map<string, number>();
    for (const item of before[list]) known.set(textOf(item), (known.get(textOf(item)) ?? 0) + 1);
    for (const item of now[list]) {
      const left = known.get(textOf(item)) ?? 0;
      if (left > 0) known.set(textOf(item), left - 1);
      else yield undated(item);
    }
  }
}

function textOf(item: Dated<RunEvent>): string {
  return JSON.stringify(item);
}

function undated(item: Dated<RunEvent>): TimedEvent {
  const { at, ...event } = item;
  return { event: event as RunEvent, at };
}
