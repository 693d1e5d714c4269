import { readSettings } from "../settings.ts";
import type { BestRunOptions } from "./best-run.ts";
import type { LoggedRun } from "./logged-run.ts";
import { type ExperimentSummary, openReader, type Reader, type RunsOptions } from "./reader.ts";

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

/** Moves a run to the trash folder of its store. */
export function deleteRun(handle: string, options: InStore = {}): LoggedRun {
  return readerIn(options).deleteRun(handle);
}

/** Takes a run out of the trash. */
export function restoreRun(handle: string, options: InStore = {}): LoggedRun {
  return readerIn(options).restoreRun(handle);
}

function readerIn(options: InStore): Reader {
  return openReader(readSettings(options, {}).dir);
}
