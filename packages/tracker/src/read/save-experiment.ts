import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type JsonObject, maskEvent, stringifyJson } from "@runferry/core";
import { experimentFolder } from "@runferry/local";
import { toJson } from "../to-json.ts";
import type { LoggedRun } from "./logged-run.ts";
import { type InStore, readerIn } from "./read-store.ts";

/**
 * Writes what an experiment came to as JSON: its runs by status, each metric over all runs, and every run with its params
 * (secrets masked) and last values. Gives the path: `path`, or a file in the folder `reports` of the store.
 */
export function saveExperimentSummary(name: string, options: InStore & { readonly path?: string } = {}): string {
  const reader = readerIn(options);
  const details = reader.experiment(name);
  const runs = reader.runs({ experiment: name }).map(runOf);
  const path = resolve(options.path ?? join(reader.store.reports, `${experimentFolder(name)}.json`));
  mkdirSync(dirname(path), { recursive: true });
  const { runs: count, ...summary } = details;
  writeFileSync(path, `${stringifyJson(toJson({ ...summary, count, runs }), 2)}\n`);
  return path;
}

function runOf({ id, name, status, startedAt, durationMs, spelledParams, metrics }: LoggedRun): JsonObject {
  const { event } = maskEvent({ kind: "params.set", values: spelledParams, seq: 1, at: 0 });
  const last = Object.fromEntries(Object.values(metrics).map((metric) => [metric.name, toJson(metric.last)]));
  const params = event.kind === "params.set" ? event.values : {};
  return { id, name, status, startedAt: new Date(startedAt).toISOString(), durationMs, params, metrics: last };
}
