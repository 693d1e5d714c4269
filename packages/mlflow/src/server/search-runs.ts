import { parseOrder, printOrder, RunferryError, type RunStatus, statusOfWord } from "@runferry/core";
import type { MlflowClient, Run } from "../client/index.ts";
import { mapOf, runIdTag } from "../start-tags.ts";

export interface RunSearchOptions {
  /** In MLflow's grammar, judged by the server: `metrics.val_loss < 0.3 and params.lr = '1e-05'`. */
  readonly filter?: string;
  /** Names of experiments. Default: all. */
  readonly experiment?: string | readonly string[];
  /** `metrics.val_auc desc, start_time`; default: newest first. */
  readonly orderBy?: string;
  readonly limit?: number;
  /** With the runs in the server's trash. */
  readonly includeDeleted?: boolean;
  readonly signal?: AbortSignal;
}

/** A run as a search finds it at the server. Times are milliseconds since 1970. */
export interface FoundRun {
  /** The server's. */
  readonly id: string;
  /** That of the run here, where runferry delivered it. */
  readonly localId: string | undefined;
  readonly name: string;
  readonly experiment: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly isDeleted: boolean;
  readonly params: { readonly [name: string]: string };
  readonly tags: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: FoundMetric };
  readonly url: string;
  /** Where its files lie, as the server calls it. */
  readonly artifactUri: string;
}

/** The point that the server calls the last: of the greatest step. */
export interface FoundMetric {
  readonly last: number;
  readonly step: number;
  readonly at: number;
}

export async function searchRuns(client: MlflowClient, options: RunSearchOptions = {}): Promise<readonly FoundRun[]> {
  const { filter, orderBy, limit = Number.POSITIVE_INFINITY, includeDeleted = false, signal } = options;
  checkLimit(limit);
  const experiments = await experimentsNamed(client, options.experiment, signal);
  const found = new Map<string, FoundRun>();
  if (experiments.size === 0 || limit === 0) return [];
  const search = {
    experimentIds: [...experiments.keys()],
    view: includeDeleted ? "ALL" : "ACTIVE_ONLY",
    pageSize: Math.min(limit, 1000),
    signal,
    ...(filter === undefined ? {} : { filter }),
    ...(orderBy === undefined ? {} : { orderBy: parseOrder(orderBy).map((order) => printOrder([order])) }),
  } as const;
  for await (const run of client.tracking.searchRuns(search)) {
    const experiment = experiments.get(String(run.info.experiment_id)) ?? String(run.info.experiment_id);
    found.set(run.info.run_id, foundRun(run, experiment, client.uri)); // pages are counted while runs come
    if (found.size >= limit) break;
  }
  return [...found.values()];
}

/** The names of experiments by their id. */
export async function experimentsNamed(
  { tracking, uri }: MlflowClient,
  names: string | readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const experiments = new Map<string, string>();
  if (names === undefined) {
    for await (const one of tracking.searchExperiments({ signal })) experiments.set(one.experiment_id, one.name);
    return experiments;
  }
  for (const name of [names].flat()) {
    const one = await tracking.experimentByName(name, { signal });
    if (!one) {
      throw new RunferryError("not_found", `${uri} has no experiment ${JSON.stringify(name)}`, {
        hint: "look at the experiments there; a name is case-sensitive",
        data: "nothing was changed",
      });
    }
    experiments.set(one.experiment_id, one.name);
  }
  return experiments;
}

export function foundRun({ info, data }: Run, experiment: string, uri: string): FoundRun {
  const tags = mapOf(data?.tags);
  const metrics = (data?.metrics ?? []).map(({ key, value, step, timestamp }): [string, FoundMetric] => [
    key,
    { last: Number(value), step: Number(step ?? 0), at: Number(timestamp) },
  ]);
  return {
    id: info.run_id,
    localId: tags.get(runIdTag),
    name: info.run_name ?? tags.get("mlflow.runName") ?? info.run_id,
    experiment,
    status: statusOfWord(info.status) ?? "running",
    startedAt: Number(info.start_time ?? 0),
    endedAt: info.end_time === undefined ? undefined : Number(info.end_time),
    isDeleted: info.lifecycle_stage === "deleted",
    params: Object.fromEntries(mapOf(data?.params)),
    tags: Object.fromEntries(tags),
    metrics: Object.fromEntries(metrics),
    url: `${uri}/#/experiments/${info.experiment_id}/runs/${info.run_id}`,
    artifactUri: info.artifact_uri ?? "",
  };
}

export function checkLimit(limit: number): void {
  if (limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new RunferryError("bad_option", `limit is ${limit}, not a whole number from 0 up`, {
    hint: "leave it out to get everything",
    data: "nothing was changed",
  });
}
