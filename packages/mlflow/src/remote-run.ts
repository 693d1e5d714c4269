import { isJsonObject, type Json, RunferryError, type RunStarted } from "@runferry/core";
import { type Experiment, type MlflowClient, MlflowError, type Run } from "./client/index.ts";
import { putText } from "./put-text.ts";
import { experimentTag, mapOf, runIdTag, startTags } from "./start-tags.ts";
import { longestTag, longText } from "./texts.ts";

/** What is known of a run at the server. `seen` changes as this process writes there. */
export interface RemoteRun {
  readonly id: string;
  readonly experimentId: string;
  /** Where its files lie. */
  readonly root: string;
  readonly seen: {
    /** An end that was seen from outside, and the last event of `main` then. */
    observedAfter: number | undefined;
    mainSeq: number;
    mainEnded: boolean;
    /** Whether the status there is that of an end. */
    isEnded: boolean;
    /** Its parent as the server has it: by our own id where the parent was not there when this run was created. */
    parent: string | undefined;
    /** What the server has by the name of params; undefined where it has to be asked. */
    params: ReadonlyMap<string, string> | undefined;
  };
}

export interface Finding {
  readonly client: MlflowClient;
  readonly run: string;
  readonly memo: Json;
  /** As `keeps` gives it. */
  readonly started: RunStarted | undefined;
  /** Where the place is one experiment of the server. */
  readonly experimentId: string | undefined;
  readonly restore: boolean;
  /** The ids of experiments that were found, by name: most runs are in the same few. */
  readonly experiments: Map<string, string>;
  readonly signal: AbortSignal;
}

/** The run as it is there. Created only after it was looked for; throws `gone` where somebody deleted it. */
export async function findRun(finding: Finding): Promise<RemoteRun> {
  const { client, run, memo, started, experiments, signal } = finding;
  if (isJsonObject(memo) && typeof memo.id === "string") {
    try {
      return seenRun(alive(await client.tracking.getRun(memo.id, { signal }), run));
    } catch (cause) {
      throw isNotThere(cause) ? gone(run, "it was deleted there for good") : cause;
    }
  }
  const name = started?.experiment ?? "Default";
  const experimentId = finding.experimentId ?? experiments.get(name) ?? (await findExperiment(finding, name));
  experiments.set(name, experimentId);
  const filter = `tags.\`${runIdTag}\` = '${run.replaceAll("'", "")}'`;
  const search = { experimentIds: [experimentId], filter, view: "ALL", pageSize: 2, signal } as const;
  for await (const found of client.tracking.searchRuns(search)) return seenRun(alive(found, run));
  try {
    return await createRun(finding, experimentId);
  } catch (cause) {
    experiments.delete(name); // it may be gone by now
    throw cause;
  }
}

async function findExperiment({ client, restore, signal, run }: Finding, name: string): Promise<string> {
  const { tracking } = client;
  const found = await tracking.experimentByName(name, { signal });
  if (found) return usable(found);
  try {
    return await tracking.createExperiment(name, { signal });
  } catch (cause) {
    // Somebody else created it meanwhile.
    if (!(cause instanceof MlflowError && cause.answer.mlflowCode === "RESOURCE_ALREADY_EXISTS")) throw cause;
    const there = await tracking.experimentByName(name, { signal });
    if (!there) throw cause;
    return usable(there);
  }

  async function usable({ experiment_id: id, lifecycle_stage }: Experiment): Promise<string> {
    if (lifecycle_stage !== "deleted") return String(id);
    if (!restore) {
      throw new RunferryError(
        "gone",
        `the experiment ${JSON.stringify(name)} of run ${run} is deleted at ${client.uri}`,
        {
          hint: "restore it, or deliver with `restore: true`",
          data: "nothing was written; the journal has all of the run",
        },
      );
    }
    await tracking.restoreExperiment(String(id), { signal });
    return String(id);
  }
}

async function createRun(finding: Finding, experimentId: string): Promise<RemoteRun> {
  const { client, run, started, signal } = finding;
  const tags = new Map(started ? startTags(started) : []);
  if (started && finding.experimentId !== undefined) tags.set(experimentTag, started.experiment);
  const long = [...tags].flatMap(([key, value]) => {
    const text = longText(value, longestTag);
    if (text) tags.set(key, text.shown);
    return text ?? [];
  });
  tags.set(runIdTag, run);
  if (started?.parent !== undefined) {
    tags.set("mlflow.parentRunId", (await findParent(client, experimentId, started.parent, signal)) ?? started.parent);
  }
  const created = await client.tracking.createRun(
    {
      experimentId,
      name: started?.name ?? run,
      ...(started?.user === undefined ? {} : { user: started.user.slice(0, 250) }),
      startTime: started?.createdAt ?? 0,
      tags: [...tags].map(([key, value]) => ({ key, value })),
    },
    { signal },
  );
  const remote = seenRun(created);
  for (const { path, text } of long) await putText(client, remote.root, path, text, signal);
  remote.seen.params = new Map();
  return remote;
}

/** Names the parent by the server's id once it is there: a live child may come before it. */
export async function settleParent(
  client: MlflowClient,
  { id, experimentId, seen }: RemoteRun,
  started: RunStarted | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (started?.parent === undefined || seen.parent !== started.parent) return;
  const parent = await findParent(client, experimentId, started.parent, signal);
  if (parent === undefined) return;
  await client.tracking.setTag(id, "mlflow.parentRunId", parent, { signal });
  seen.parent = parent;
}

/** The server's id of the parent, where it is there already. */
async function findParent(
  client: MlflowClient,
  experimentId: string,
  parent: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const filter = `tags.\`${runIdTag}\` = '${parent.replaceAll("'", "")}'`;
  const search = { experimentIds: [experimentId], filter, pageSize: 1, signal } as const;
  for await (const found of client.tracking.searchRuns(search)) return found.info.run_id;
  return undefined;
}

function seenRun({ info, data }: Run): RemoteRun {
  const tags = mapOf(data?.tags);
  const after = Number(tags.get("runferry.observed_after") ?? Number.NaN);
  return {
    id: info.run_id,
    experimentId: String(info.experiment_id),
    root: info.artifact_uri ?? "",
    seen: {
      observedAfter: Number.isNaN(after) ? undefined : after,
      mainSeq: Number(tags.get("runferry.main_seq") ?? 0),
      mainEnded: tags.get("runferry.main_ended") === "true",
      parent: tags.get("mlflow.parentRunId"),
      isEnded: info.status !== "RUNNING" && info.status !== "SCHEDULED",
      params: undefined,
    },
  };
}

function alive(found: Run, run: string): Run {
  if (found.info.lifecycle_stage === "deleted") throw gone(run, "it is deleted there; restore it to go on");
  return found;
}

export function isNotThere(cause: unknown): boolean {
  if (!(cause instanceof MlflowError)) return false;
  const isDeleted = /must be in the 'active' state/.test(cause.message);
  return isDeleted || cause.answer.mlflowCode === "RESOURCE_DOES_NOT_EXIST";
}

export function gone(run: string, why: string): RunferryError {
  return new RunferryError("gone", `run ${run} is gone at the MLflow server: ${why}`, {
    hint: "restore it there, or deliver the run to a new place",
    data: "nothing was written; the journal has all of the run",
  });
}
