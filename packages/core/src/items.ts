import type { RunView } from "./fold.ts";
import { canonicalJson, type Json, type JsonObject } from "./json.ts";

/** One thing that a view holds, points apart: two views hold the same when they hold the same items. */
export interface Item {
  /** In the words of reports: `param`, `tag`, `artifact` … */
  readonly kind: string;
  /** Which one: a name, a path. Things without a name (alerts, console lines) are told apart by what they hold. */
  readonly key: string;
  readonly value: Json;
}

/** Everything in a view but its points and its differences. Fields that are absent are no items. */
export function* itemsOf(view: RunView): IterableIterator<Item> {
  const { started, ended } = view;
  if (started) {
    // An id names a run and is no content: a copy has its own.
    const { kind: _kind, format: _format, id: _id, ...facts } = started;
    for (const [key, value] of fieldsOf(facts)) yield { kind: "run", key, value };
  }
  yield { kind: "run", key: "status", value: view.status };
  if (ended) {
    // The summary only repeats what the points say, for listing without reading them.
    const { kind: _kind, status: _status, summary: _summary, after: _after, ...facts } = ended;
    for (const [key, value] of fieldsOf(facts)) yield { kind: "end", key, value };
  }
  for (const [key, value] of view.params) yield { kind: "param", key, value };
  for (const [key, value] of view.tags) yield { kind: "tag", key, value };
  for (const [key, { definition }] of view.metrics) {
    if (!definition) continue;
    const { kind: _kind, name: _name, ...fields } = definition;
    for (const [field, value] of fieldsOf(fields)) yield { kind: "metric definition", key: `${key} ${field}`, value };
  }
  for (const [key, artifact] of view.artifacts) yield { kind: "artifact", key, value: fields(artifact) };
  for (const artifact of view.replaced) {
    yield { kind: "replaced artifact", key: artifact.file.path, value: fields(artifact) };
  }
  for (const media of view.media) yield { kind: "media", key: media.name, value: fields(media) };
  for (const dataset of view.datasets) yield { kind: "dataset", key: dataset.name, value: fields(dataset) };
  for (const model of view.models) yield { kind: "model", key: model.name, value: fields(model) };
  for (const model of view.registered) yield { kind: "registered model", key: model.name, value: fields(model) };
  for (const alert of view.alerts) yield { kind: "alert", key: alert.title, value: fields(alert) };
  for (const line of view.console) yield { kind: "console", key: line.from, value: fields(line) };
  for (const event of view.unknown) yield { kind: "unknown event", key: event.was, value: fields(event) };
}

/** The same text for the same item. */
export function itemText(item: Item): string {
  return `${item.kind}\n${item.key}\n${canonicalJson(item.value)}`;
}

function fields(event: object): JsonObject {
  return Object.fromEntries(fieldsOf(event).filter(([name]) => name !== "kind"));
}

function fieldsOf(object: object): [string, Json][] {
  return Object.entries(object as { readonly [key: string]: Json | undefined }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, jsonSafe(value)]],
  );
}

/** Numbers that JSON has no word for stand as text: only equality matters here. */
function jsonSafe(value: Json): Json {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null || "rawJSON" in value) return value;
  if (Array.isArray(value)) return value.map(jsonSafe);
  return Object.fromEntries(fieldsOf(value));
}
