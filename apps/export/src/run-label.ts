import type { RunStarted } from "@runferry/core";
import type { LoggedRun } from "@runferry/tracker";

/** What has to be known of a run to move it. Lists of these may be long. */
export type RunLabel = Pick<LoggedRun, "id" | "name" | "experiment" | "parent">;

export function labelOf(
  id: string,
  { name, experiment, parent }: Pick<RunStarted, "name" | "experiment"> & { readonly parent?: string | undefined },
): RunLabel {
  return { id, name, experiment, parent };
}

/** What people call a run. Joined, since a template leaves three texts that wait to be put together, and lists of these may be long. */
export function fullName({ experiment, name }: Pick<RunStarted, "name" | "experiment">): string {
  return [experiment, name].join("/");
}
