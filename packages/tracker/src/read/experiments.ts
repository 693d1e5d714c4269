import { getOrCreate, RunferryError, type RunStatus } from "@runferry/core";
import type { Store } from "@runferry/local";
import { suggestion } from "../near-names.ts";
import type { LoggedRun } from "./logged-run.ts";

export interface ExperimentSummary {
  readonly name: string;
  readonly description: string | undefined;
  readonly runs: number;
  readonly byStatus: { readonly [status in RunStatus]: number };
  /** When a run of it last wrote anything; undefined where it has none. */
  readonly lastActivity: number | undefined;
}

/** The last values of a metric over the runs of an experiment. Those that are NaN are counted, and passed over. */
export interface MetricOfRuns {
  readonly runs: number;
  readonly mean: number;
  readonly min: { readonly value: number; readonly run: string };
  readonly max: { readonly value: number; readonly run: string };
}

export interface ExperimentDetails extends ExperimentSummary {
  readonly metrics: { readonly [name: string]: MetricOfRuns };
}

export function summariesOf(store: Store): readonly ExperimentSummary[] {
  const counts = new Map<string, Counts>();
  for (const { started, status, lastAt, endedAt = 0 } of store.entries()) {
    const count = getOrCreate(counts, started.experiment, noRuns);
    count.runs++;
    count.byStatus[status]++;
    count.lastActivity = Math.max(count.lastActivity ?? 0, lastAt, endedAt);
  }
  const known = store.experiments.list().filter((one) => one.deleted !== true);
  const descriptions = new Map(known.map(({ name, description }) => [name, description]));
  const names = new Set([...descriptions.keys(), ...counts.keys()]);
  return [...names].sort().map((name) => {
    return { name, description: descriptions.get(name), ...(counts.get(name) ?? noRuns()) };
  });
}

interface Counts {
  runs: number;
  readonly byStatus: { [status in RunStatus]: number };
  lastActivity: number | undefined;
}

function noRuns(): Counts {
  return { runs: 0, byStatus: { running: 0, finished: 0, failed: 0, killed: 0 }, lastActivity: undefined };
}

/** One experiment, with what its runs came to. Throws `not_found`. */
export function experimentOf(store: Store, name: string, runs: readonly LoggedRun[]): ExperimentDetails {
  const all = summariesOf(store);
  const summary = all.find((one) => one.name === name);
  if (!summary) throw noExperiment(name, all, store.folder);
  const names = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  const metrics = [...names].sort().map((metric) => [metric, metricOf(metric, runs)] as const);
  return { ...summary, metrics: Object.fromEntries(metrics) };
}

function metricOf(name: string, runs: readonly LoggedRun[]): MetricOfRuns {
  const having = runs.flatMap((run) => {
    const metric = run.metrics[name];
    return metric ? [{ value: metric.last, run: run.name }] : [];
  });
  const ranked = having.filter(({ value }) => !Number.isNaN(value)).sort((a, b) => a.value - b.value);
  const [none] = having; // they are all NaN
  const [min, max] = [ranked[0] ?? none!, ranked.at(-1) ?? none!];
  const mean = ranked.reduce((sum, { value }) => sum + value / ranked.length, 0);
  return { runs: having.length, mean: ranked.length === 0 ? Number.NaN : mean, min, max };
}

function noExperiment(name: string, all: readonly ExperimentSummary[], folder: string): RunferryError {
  const names = all.map((one) => one.name);
  return new RunferryError("not_found", `there is no experiment ${JSON.stringify(name)} in ${folder}`, {
    hint: suggestion(name, names) || `there are ${names.slice(0, 8).join(", ") || "none"}`,
    data: "nothing was changed",
  });
}
