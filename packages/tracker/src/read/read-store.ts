import { openStore } from "@runferry/local";
import { readSettings } from "../settings.ts";
import type { BestRunOptions } from "./best-run.ts";
import type { ExperimentDetails, ExperimentSummary } from "./experiments.ts";
import type { LoggedRun } from "./logged-run.ts";
import { openReader, type Reader, type RunsOptions } from "./reader.ts";

/** Where to read. */
export interface InStore {
  /** The folder of the store. Default: where logging would find it. */
  readonly dir?: string;
}

/** The runs that a filter, or options, choose; newest first. Without any, all. */
export function runs(chosen: string | (RunsOptions & InStore) = {}): readonly LoggedRun[] {
  if (typeof chosen === "string") return readerIn({}).runs(chosen);
  const { dir, ...options } = chosen;
  return readerIn(dir === undefined ? {} : { dir }).runs(options);
}

/** One run: by id or its beginning, `experiment/name`, a unique name, `@last`, `@last~1` or `experiment/@last`. */
export function getRun(handle: string, options: InStore = {}): LoggedRun {
  return readerIn(options).getRun(handle);
}

/** The run whose last value of a metric is the best; with `of: "best"`, whose best value ever is. */
export function getBestRun(metric: string, { dir, ...options }: BestRunOptions & InStore = {}): LoggedRun {
  return readerIn(dir === undefined ? {} : { dir }).getBestRun(metric, options);
}

export function experiments(options: InStore = {}): readonly ExperimentSummary[] {
  return readerIn(options).experiments();
}

/** One experiment: its runs by status, and of each metric the mean, the least and the greatest of their last values. */
export function getExperiment(name: string, options: InStore = {}): ExperimentDetails {
  return readerIn(options).experiment(name);
}

/** Makes an experiment before its first run, or describes one that is there. */
export function createExperiment(
  name: string,
  options: InStore & { readonly description?: string } = {},
): ExperimentDetails {
  const { description } = options;
  const store = openStore(folderOf(options));
  store.experiments.mark(name, false);
  store.experiments.ensure(name);
  if (description !== undefined) store.experiments.describe(name, description);
  return openReader(store).experiment(name);
}

/** Moves all runs of an experiment to the trash folder, and hides it. Gives their ids. */
export function deleteExperiment(name: string, options: InStore = {}): readonly string[] {
  return readerIn(options).deleteExperiment(name);
}

/** Takes all runs of an experiment out of the trash. Gives their ids. */
export function restoreExperiment(name: string, options: InStore = {}): readonly string[] {
  return readerIn(options).restoreExperiment(name);
}

/** Moves a run to the trash folder of its store. */
export function deleteRun(handle: string, options: InStore = {}): LoggedRun {
  return readerIn(options).deleteRun(handle);
}

/** Takes a run out of the trash. */
export function restoreRun(handle: string, options: InStore = {}): LoggedRun {
  return readerIn(options).restoreRun(handle);
}

export function readerIn(options: InStore): Reader {
  return openReader(folderOf(options));
}

function folderOf({ dir }: InStore): string {
  return readSettings(dir === undefined ? {} : { dir }, {}).dir;
}
