import { RunferryError } from "@runferry/core";
import type { LoggedModel, MlflowClient, Run } from "../client/index.ts";
import { mapOf } from "../start-tags.ts";
import { modelMetrics } from "../write-models.ts";
import { checkLimit, experimentsNamed } from "./search-runs.ts";

export interface BestModelOptions {
  readonly mode: "min" | "max";
  /** Names of experiments. Default: all. */
  readonly experiment?: string | readonly string[];
  /** In MLflow's grammar for logged models: `name = 'model' and tags.team = 'ml'`. */
  readonly filter?: string;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A model that a run logged. */
export interface FoundModel {
  /** For `registerModel`, and for `mlflow.pyfunc.load_model`: `models:/m-…`. */
  readonly uri: string;
  readonly name: string;
  readonly experiment: string;
  /** The server's id of the run that logged it. */
  readonly run: string | undefined;
  /** What it was ranked by. */
  readonly value: number;
  /** Whether the model has the metric itself, or only the run, by its last value. */
  readonly of: "model" | "run";
  readonly metrics: { readonly [name: string]: number };
  readonly tags: { readonly [name: string]: string };
}

/** The logged models that have a metric, the best first; of equal ones the newest. NaN is passed over. */
export async function searchBestModels(
  client: MlflowClient,
  metric: string,
  options: BestModelOptions,
): Promise<readonly FoundModel[]> {
  const { mode, filter, limit = Number.POSITIVE_INFINITY, signal } = options;
  checkLimit(limit);
  if (mode !== "min" && mode !== "max") throw badMode(mode);
  const experiments = await experimentsNamed(client, options.experiment, signal);
  const runs = new Map<string, Run>();
  const found: FoundModel[] = [];
  if (experiments.size === 0) return [];
  const search = { experimentIds: [...experiments.keys()], signal, ...(filter === undefined ? {} : { filter }) };
  for await (const model of client.models.searchLoggedModels(search)) {
    const experiment = experiments.get(String(model.info.experiment_id)) ?? String(model.info.experiment_id);
    const one = await ranked(model, experiment);
    if (one) found.push(one);
  }
  found.sort((a, b) => (mode === "min" ? a.value - b.value : b.value - a.value));
  return found.slice(0, limit);

  async function ranked(model: LoggedModel, experiment: string): Promise<FoundModel | undefined> {
    const { info } = model;
    const metrics = modelMetrics(model);
    const own = metrics[metric];
    const value = own ?? (info.source_run_id ? await lastOf(info.source_run_id) : undefined);
    if (value === undefined || Number.isNaN(value)) return undefined;
    return {
      uri: `models:/${info.model_id}`,
      name: info.name ?? info.model_id,
      experiment,
      run: info.source_run_id,
      value,
      of: own === undefined ? "run" : "model",
      metrics,
      tags: Object.fromEntries(mapOf(info.tags)),
    };
  }

  async function lastOf(id: string): Promise<number | undefined> {
    const run = runs.get(id) ?? (await client.tracking.getRun(id, { signal }));
    runs.set(id, run);
    const found = run.data?.metrics?.find(({ key }) => key === metric);
    return found && Number(found.value);
  }
}

function badMode(mode: unknown): RunferryError {
  return new RunferryError("bad_option", `mode is ${JSON.stringify(mode)}, not min or max`, {
    hint: 'say whether less or more is better: mode: "min" or "max"',
    data: "nothing was changed",
  });
}
