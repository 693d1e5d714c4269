import type { RunStatus } from "@runferry/core";
import { openStore, type RunEntry, type Store } from "@runferry/local";
import { type BestRunOptions, bestRun } from "./best-run.ts";
import { type ChooseOptions, chooseRuns } from "./choose-runs.ts";
import { findRun } from "./find-run.ts";
import { type LoggedRun, loggedRun } from "./logged-run.ts";

export interface RunsOptions extends ChooseOptions {
  /** With the runs in the trash. */
  readonly includeDeleted?: boolean;
}

export interface ExperimentSummary {
  readonly name: string;
  readonly description: string | undefined;
  readonly runs: number;
  readonly byStatus: { readonly [status in RunStatus]: number };
  /** When a run of it last wrote anything; undefined where it has none. */
  readonly lastActivity: number | undefined;
}

/** Reads the runs of a store. Lists come from the ends of the journals; nothing but `cache/` is written. */
export interface Reader {
  readonly store: Store;
  /** The runs that a filter, or options, choose; newest first. */
  runs(chosen?: string | RunsOptions): readonly LoggedRun[];
  /** By id or its beginning, `experiment/name`, name, `@last`, `@last~1` or `experiment/@last`. */
  getRun(handle: string, options?: { readonly includeDeleted?: boolean }): LoggedRun;
  getBestRun(metric: string, options?: BestRunOptions): LoggedRun;
  experiments(): readonly ExperimentSummary[];
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

  function all(includeDeleted: boolean): readonly LoggedRun[] {
    const runs = store.list().map(live);
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

  return {
    store,
    runs,
    getRun,
    getBestRun(metric, options = {}) {
      const { experiment, filter } = options;
      const chosen = {
        ...(experiment === undefined ? {} : { experiment }),
        ...(filter === undefined ? {} : { filter }),
      };
      return bestRun(metric, runs(chosen), options);
    },
    experiments: () => summaries(store),
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

function summaries(store: Store): readonly ExperimentSummary[] {
  const entries = Map.groupBy(store.list(), (entry) => entry.started.experiment);
  const known = store.experiments.list().filter((one) => one.deleted !== true);
  const descriptions = new Map(known.map(({ name, description }) => [name, description]));
  const names = new Set([...descriptions.keys(), ...entries.keys()]);
  return [...names].sort().map((name) => {
    const own = entries.get(name) ?? [];
    const byStatus = { running: 0, finished: 0, failed: 0, killed: 0 };
    for (const entry of own) byStatus[entry.status]++;
    const times = own.map((entry) => Math.max(entry.lastAt, entry.endedAt ?? 0));
    const lastActivity = times.length === 0 ? undefined : times.reduce((most, one) => Math.max(most, one));
    return { name, description: descriptions.get(name), runs: own.length, byStatus, lastActivity };
  });
}
