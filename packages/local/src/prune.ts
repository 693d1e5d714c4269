import { type EndStatus, RunferryError } from "@runferry/core";
import type { RunEntry } from "./run-entry.ts";

/** Chooses runs that have ended; every condition that is given must hold. */
export interface PruneOptions {
  readonly experiment?: string;
  /** Ended at least this long ago. */
  readonly olderThanMs?: number;
  /** Not one of the newest this many of its experiment, counted among all that have ended. */
  readonly keep?: number;
  readonly status?: readonly EndStatus[];
}

/** The ids of the runs to delete. A run that still runs is never among them. */
export function prunable(entries: readonly RunEntry[], options: PruneOptions, now: number): readonly string[] {
  const { experiment, olderThanMs, keep, status } = options;
  if (olderThanMs === undefined && keep === undefined && status === undefined) throw noCondition();
  const seen = new Map<string, number>();
  return [...entries]
    .filter((entry) => entry.status !== "running")
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .filter((entry) => {
      const name = entry.started.experiment;
      const rank = (seen.get(name) ?? 0) + 1;
      seen.set(name, rank);
      if (experiment !== undefined && name !== experiment) return false;
      if (keep !== undefined && rank <= keep) return false;
      if (status !== undefined && !status.some((one) => one === entry.status)) return false;
      return olderThanMs === undefined || now - (entry.endedAt ?? entry.started.at) >= olderThanMs;
    })
    .map((entry) => entry.id)
    .sort();
}

function noCondition(): RunferryError {
  return new RunferryError("bad_option", "prune was not told which runs to delete", {
    hint: "give olderThanMs, keep or status",
    data: "nothing was deleted",
  });
}
