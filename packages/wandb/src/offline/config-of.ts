import { isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { parseExtendedConfig } from "../mapping/index.ts";
import type { Item, MetricRecord, Updates } from "./messages.ts";

type Tree = Map<string, Json | Tree>;

/** What updates say, one after the other: of a config or a summary. Keys are text of anyone's, so none is a property. */
export interface Updated {
  apply(updates: Updates | undefined): void;
  value(): JsonObject;
}

export function createUpdated(): Updated {
  const tree: Tree = new Map();

  function apply({ update = [], remove = [] }: Updates = {}): void {
    for (const item of update) {
      const [parent, key] = placeOf(tree, item);
      parent.set(key, parsed(item.valueJson));
    }
    for (const item of remove) {
      const [parent, key] = placeOf(tree, item);
      parent.delete(key);
    }
  }

  return { apply, value: () => objectOf(tree) };
}

function placeOf(tree: Tree, { key = "", nestedKey = [] }: Item): readonly [Tree, string] {
  const keys = nestedKey.length > 0 ? nestedKey : [key];
  let parent = tree;
  for (const name of keys.slice(0, -1)) {
    const held = parent.get(name);
    const inner: Tree =
      held instanceof Map ? held : new Map(held !== undefined && isJsonObject(held) ? Object.entries(held) : []);
    parent.set(name, inner);
    parent = inner;
  }
  return [parent, keys.at(-1)!];
}

function objectOf(tree: Tree): JsonObject {
  return Object.fromEntries([...tree].map(([key, value]) => [key, value instanceof Map ? objectOf(value) : value]));
}

function parsed(text: string | undefined): Json {
  try {
    return parseExtendedConfig(text ?? "null");
  } catch {
    return text ?? null; // not JSON: as it stands
  }
}

/** Definitions as W&B's server keeps them, a pattern for each of the columns that it takes in. */
export function definitionsOf(metrics: readonly MetricRecord[], columns: Iterable<string>): readonly JsonObject[] {
  const byName = new Map<string, MetricRecord>();
  for (const metric of metrics) {
    if (metric.name) byName.set(metric.name, metric);
    else if (metric.globName) {
      for (const column of columns)
        if (!byName.has(column) && takesIn(metric.globName, column)) byName.set(column, metric);
    }
  }
  for (const { stepMetric } of [...byName.values()]) {
    if (stepMetric && !byName.has(stepMetric)) byName.set(stepMetric, {});
  }
  const places = new Map([...byName.keys()].map((name, i) => [name, i + 1]));
  return [...byName].map(([name, { stepMetric, summary, goal }]) => ({
    "1": name,
    ...(stepMetric && stepMetric !== name ? { "5": places.get(stepMetric)! } : {}),
    "7": [...(summary?.min ? [1] : []), ...(summary?.max ? [2] : [])],
    ...(goal === 1 || goal === 2 ? { "8": goal } : {}),
  }));
}

/** Patterns end with a star, or are one. */
function takesIn(pattern: string, column: string): boolean {
  return pattern.endsWith("*") && column.startsWith(pattern.slice(0, -1)) && !column.startsWith("_");
}
