import type { LoggedRun } from "@runferry/tracker";

/** What has to be known of a run to move it. Lists of these may be long. */
export type RunLabel = Pick<LoggedRun, "id" | "name" | "experiment" | "parent">;

/** Without all that the store has read of them. */
export function labelsOf(runs: readonly LoggedRun[]): readonly RunLabel[] {
  return runs.map(({ id, name, experiment, parent }) => ({ id, name, experiment, parent }));
}
