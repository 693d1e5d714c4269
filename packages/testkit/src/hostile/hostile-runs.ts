import type { HostileRun } from "./draft.ts";
import { fileRuns } from "./files.ts";
import { lifeRuns } from "./lives.ts";
import { mixtureRun } from "./mixtures.ts";
import { recordRuns } from "./records.ts";
import { secretRun } from "./secrets.ts";
import { stepRuns } from "./steps.ts";
import { valueRuns } from "./values.ts";

export interface HostileSizes {
  /** Names of metrics in the run that has many. Default: 10 000. */
  readonly names?: number;
  /** Bytes of the largest file. Default: 1 MiB. */
  readonly largestFile?: number;
  /** Runs of everything at once, and the events in each. Default: 3 of 120. */
  readonly mixtures?: number;
  readonly mixtureEvents?: number;
}

/** Runs that are hard on a destination, each by one trait so that a failure names it, and mixtures of all of them. */
export async function hostileRuns(seed: number, sizes: HostileSizes = {}): Promise<readonly HostileRun[]> {
  const mixtures = Array.from({ length: sizes.mixtures ?? 3 }, (_, i) =>
    mixtureRun(seed + i, i + 1, sizes.mixtureEvents ?? 120),
  );
  const groups = await Promise.all([
    valueRuns(seed, sizes.names ?? 10_000),
    stepRuns(seed),
    lifeRuns(seed),
    fileRuns(seed, sizes.largestFile),
    recordRuns(seed),
  ]);
  return [...groups.flat(), await secretRun(seed), ...(await Promise.all(mixtures))];
}
