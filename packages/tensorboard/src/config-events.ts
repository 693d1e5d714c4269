import {
  canonicalJson,
  type EndStatus,
  formatVersion,
  type Json,
  type JsonObject,
  problemOf,
  type RunEvent,
  sameJson,
} from "@runferry/core";
import type { ConfigState } from "./config-text.ts";

/** Turns the texts of the tag `config` back into facts: each tells only what the ones before it had not. */
export interface ConfigReader {
  /** `at` is the time of the text; a fact with a time of its own keeps that. */
  read(config: ConfigState): readonly RunEvent[];
}

export function createConfigReader(run: string): ConfigReader {
  const known = { params: new Map<string, Json>(), tags: new Map<string, Json>(), metrics: new Map<string, Json>() };
  const datasets = new Map<string, number>();
  let isStarted = false;

  function news(field: "params" | "tags" | "metrics", values: JsonObject = {}): JsonObject {
    const fresh = Object.entries(values).filter(([name, value]) => {
      const before = known[field].get(name);
      if (before !== undefined && sameJson(before, value)) return false;
      known[field].set(name, value);
      return true;
    });
    return Object.fromEntries(fresh);
  }

  function* facts(config: ConfigState): IterableIterator<RunEvent> {
    if (config.run && !isStarted) {
      isStarted = true;
      yield { ...config.run, kind: "run.started", format: formatVersion, id: run } as unknown as RunEvent;
    }
    if (config.resumed && config.resumed.fromStep === undefined) yield { kind: "run.resumed" };
    const params = news("params", config.params);
    if (Object.keys(params).length > 0) yield { kind: "params.set", values: params };
    const tags = news("tags", config.tags);
    if (Object.keys(tags).length > 0) yield { kind: "tags.set", values: tags as { [name: string]: string | null } };
    for (const [name, definition] of Object.entries(news("metrics", config.metrics))) {
      yield { ...(definition as JsonObject), kind: "metric.defined", name } as RunEvent;
    }
    yield* newDatasets(config.datasets ?? []);
    if (config.end) yield { ...config.end, kind: "run.ended" } as unknown as RunEvent & { status: EndStatus };
  }

  /** The same one may have been used twice: a text is news where it names one more often than any before it. */
  function* newDatasets(list: readonly Json[]): IterableIterator<RunEvent> {
    const here = new Map<string, number>();
    for (const dataset of list) {
      const key = canonicalJson(dataset);
      const count = (here.get(key) ?? 0) + 1;
      here.set(key, count);
      if (count <= (datasets.get(key) ?? 0)) continue;
      datasets.set(key, count);
      yield { ...(dataset as JsonObject), kind: "dataset.used" } as unknown as RunEvent;
    }
  }

  return { read: (config) => [...facts(config)].filter((event) => problemOf(event) === undefined) };
}
