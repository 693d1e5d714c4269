import { openStore, type RunEntry, type Store } from "@runferry/local";
import { type BestRunOptions, bestRun } from "./best-run.ts";
import { type ChooseOptions, chooseRuns } from "./choose-runs.ts";
import { type ExperimentDetails, type ExperimentSummary, experimentOf, summariesOf } from "./experiments.ts";
import { findRun } from "./find-run.ts";
import { type LoggedRun, loggedRun } from "./logged-run.ts";

export interface RunsOptions extends ChooseOptions {
  /** With the runs in the trash. */
  readonly includeDeleted?: boolean;
}

/** Reads the runs of a store. Lists come from the ends of the journals; nothing but `cache/` is written. */
export interface Reader {
  readonly store: Store;
  /** The runs that a filter, or options, choose; newest first. */
  runs(chosen?: string | RunsOptions): readonly LoggedRun[];
  /** Every run, one after the other, oldest first: there may be more than one wants to hold. */
  eachRun(): Iterable<LoggedRun>;
  /** By id or its beginning, `experiment/name`, name, `@last`, `@last~1` or `experiment/@last`. */
  getRun(handle: string, options?: { readonly includeDeleted?: boolean }): LoggedRun;
  getBestRun(metric: string, options?: BestRunOptions): LoggedRun;
  experiments(): readonly ExperimentSummary[];
  /** One experiment, with what its runs came to. */
  experiment(name: string): ExperimentDetails;
  /** Moves all runs of an experiment to the trash, and hides it. Gives their ids. */
  deleteExperiment(name: string): readonly string[];
  /** Takes all runs of an experiment out of the trash. Gives their ids. */
  restoreExperiment(name: string): readonly string[];
  /** Moves a run to the trash, and gives it as it is there. Throws `locked` while it is being written. */
  deleteRun(handle: string | LoggedRun): LoggedRun;
  /** Takes a run out of the trash. */
  restoreRun(handle: string | LoggedRun): LoggedRun;
}

export function openReader(place: string | Store): Reader {
  const store = typeof place === "string" ? openStore(place, { create: false }) : place;
  const live = (entry: RunEntry) => loggedRun(entry, () => store.run(entry.id), { isDeleted: false, now: Date.now });
  const deleted = (entry: RunEntry) =>
    loggedRun(entry, () => store.trash.run(entry.id), { isDeleted: true, now: Date.now });

  function* eachRun(): Iterable<LoggedRun> {
    for (const entry of store.entries()) yield live(entry);
  }

  function all(includeDeleted: boolean): readonly LoggedRun[] {
    const runs = [...eachRun()];
    return includeDeleted ? [...runs, ...store.trash.list().map(deleted)] : runs;
  }

  function getRun(handle: string, { includeDeleted = false } = {}): LoggedRun {
    const entries = store.list();
    const trashed = includeDeleted ? store.trash.list() : [];
    const found = findRun(handle, [...entries, ...trashed], store.folder);
    return entries.includes(found) ? live(found) : deleted(found);
  }

  function runs(chosen: string | RunsOptions = {}): readonly LoggedRun[] {
    const options = typeof chosen === "string" ? { filter: chosen } : chosen;
    return chooseRuns(all(options.includeDeleted ?? false), options);
  }

  function experiment(name: string): ExperimentDetails {
    return experimentOf(store, name, runs({ experiment: name }));
  }

  return {
    store,
    runs,
    eachRun,
    getRun,
    getBestRun(metric, options = {}) {
      const { experiment, filter } = options;
      const chosen = {
        ...(experiment === undefined ? {} : { experiment }),
        ...(filter === undefined ? {} : { filter }),
      };
      return bestRun(metric, runs(chosen), options);
    },
    experiments: () => summariesOf(store),
    experiment,
    deleteExperiment: (name) => store.deleteExperiment(experimentOf(store, name, []).name),
    restoreExperiment(name) {
      const ids = store.trash.list().flatMap(({ id, started }) => (started.experiment === name ? [id] : []));
      for (const id of ids) store.trash.restore(id);
      store.experiments.mark(name, false);
      if (ids.length === 0) experimentOf(store, name, []); // throws where there never was one
      return ids;
    },
    deleteRun(handle) {
      const { id } = typeof handle === "string" ? getRun(handle) : handle;
      store.trash.put([id]);
      return deleted(findRun(id, store.trash.list(), store.folder));
    },
    restoreRun(handle) {
      const { id } =
        typeof handle === "string" ? findRun(handle, store.trash.list(), `the trash of ${store.folder}`) : handle;
      store.trash.restore(id);
      return live(findRun(id, store.list({ ids: [id] }), store.folder));
    },
  };
}
