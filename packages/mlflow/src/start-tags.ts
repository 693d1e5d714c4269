import type { RunStarted } from "@runferry/core";
import type { KeyValue } from "./client/index.ts";

export const runIdTag = "runferry.run_id";

/** The experiment that the run names, where it was put into another. */
export const experimentTag = "run.experiment";

/** The start of a run as tags: MLflow's own where it has one. Parent and id are the caller's. */
export function startTags({ description, user, command, git, group, host }: RunStarted): ReadonlyMap<string, string> {
  const tags: readonly (readonly [string, string | undefined])[] = [
    ["mlflow.note.content", description],
    ["mlflow.user", user],
    ["mlflow.source.name", command?.[0]],
    ["mlflow.source.type", command ? "LOCAL" : undefined],
    ["mlflow.source.git.commit", git?.commit],
    ["mlflow.source.git.branch", git?.branch],
    ["mlflow.source.git.dirty", git?.dirty === undefined ? undefined : String(git.dirty)],
    ["run.group", group],
    ["run.host", host],
  ];
  return new Map(tags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

/** The fields of the start that tags tell of. */
export function startFromTags(tags: ReadonlyMap<string, string>): Partial<RunStarted> {
  const field = <K extends string>(name: K, key: string) =>
    (tags.has(key) ? { [name]: tags.get(key) } : {}) as { readonly [P in K]?: string };
  const command = tags.get("mlflow.source.name");
  const commit = tags.get("mlflow.source.git.commit");
  const told = tags.get("mlflow.source.git.dirty"); // MLflow itself only tells of a dirty one
  const dirty = told === undefined ? {} : { dirty: told === "true" };
  const git = commit === undefined ? {} : { git: { commit, ...dirty, ...field("branch", "mlflow.source.git.branch") } };
  return {
    ...field("description", "mlflow.note.content"),
    ...field("user", "mlflow.user"),
    ...field("group", "run.group"),
    ...field("host", "run.host"),
    ...field("experiment", experimentTag),
    ...(command === undefined ? {} : { command: [command] }),
    ...git,
  };
}

export function mapOf(tags: readonly KeyValue[] | undefined): ReadonlyMap<string, string> {
  return new Map((tags ?? []).map(({ key, value }) => [key, value]));
}
