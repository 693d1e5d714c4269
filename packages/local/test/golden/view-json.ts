import {
  comparePoints,
  countOf,
  isJsonObject,
  isSpelled,
  type Json,
  type JsonObject,
  type MetricView,
  mapJsonObject,
  type RunView,
  type Series,
  stringifyJson,
} from "@runferry/core";

/** A view of a run as JSON: what is empty is left out, NaN and the infinities are named as in a journal. */
export function viewJson(view: RunView): JsonObject {
  const { id, status, started, ended, artifacts, replaced, media, datasets, models, registered, alerts } = view;
  const all = {
    ...{ id, status, started, ended },
    params: Object.fromEntries(view.params),
    tags: Object.fromEntries(view.tags),
    metrics: Object.fromEntries([...view.metrics].map(([name, metric]) => [name, metricJson(metric)] as const)),
    artifacts: Object.fromEntries(artifacts),
    ...{ replaced, media, datasets, models, registered, alerts, console: view.console },
    unknown: view.unknown.map(({ at, was, fields }) => ({ kind: was, ...fields, at })),
    lost: countOf(view.differences, "lost"),
  };
  return withoutEmpty(named(all as unknown as Json) as JsonObject);
}

function metricJson({ series, superseded, definition }: MetricView): JsonObject {
  const { stepMetric, goal } = definition ?? {};
  return withoutEmpty({
    ...(stepMetric === undefined ? {} : { stepMetric }),
    ...(goal === undefined ? {} : { goal }),
    points: pointsJson(series),
    superseded: pointsJson(superseded),
  });
}

/** By (at, step, value): the last one is the last of the metric. */
function pointsJson(series: Series): readonly Json[] {
  return [...series.points()].sort(comparePoints).map(({ step, at, value, context }) => ({
    ...(step === undefined ? {} : { step }),
    at,
    value,
    ...(context === undefined ? {} : { context }),
  }));
}

function named(value: Json): Json {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object" || value === null || isSpelled(value)) return value;
  return isJsonObject(value) ? mapJsonObject(value, named) : (value as readonly Json[]).map(named);
}

function withoutEmpty(object: JsonObject): JsonObject {
  const isEmpty = (value: Json | undefined) =>
    value === undefined ||
    value === 0 ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

/** On one line what is short, so that a difference is seen. */
export function laidOut(value: Json, indent = ""): string {
  const line = stringifyJson(value);
  if (line.length <= 100 || typeof value !== "object" || value === null || isSpelled(value)) return line;
  const deeper = `${indent}  `;
  const items = isJsonObject(value)
    ? Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${laidOut(item, deeper)}`)
    : (value as readonly Json[]).map((item) => laidOut(item, deeper));
  const [open, close] = isJsonObject(value) ? "{}" : "[]";
  return `${open}\n${items.map((item) => deeper + item).join(",\n")}\n${indent}${close}`;
}
