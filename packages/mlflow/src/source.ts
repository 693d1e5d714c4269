import type { Source } from "@runferry/core";
import { type ClientOptions, experimentOf, mlflowClient, type ViewType } from "./client/index.ts";
import { recordedRuns } from "./recorded-runs.ts";
import { restRecords } from "./rest-records.ts";

export interface MlflowSourceOptions extends ClientOptions {
  /** Names of experiments. Default: all, or the one that `uri` names, as `…/#/experiments/12`. */
  readonly experiments?: readonly string[];
  /** In MLflow's search language, e.g. `metrics.loss < 0.1`. */
  readonly filter?: string;
  /** Also what is deleted there, or only that. Default: ACTIVE_ONLY. */
  readonly view?: ViewType;
}

/** Every run of an MLflow server, whichever tool wrote it. Nothing there is changed. */
export function mlflowSource(options: MlflowSourceOptions = {}): Source {
  const records = restRecords(mlflowClient(options), options.filter);
  const { view, experiments, uri } = options;
  const experimentId = uri === undefined ? undefined : experimentOf(uri);
  return {
    async *runs(asked) {
      for await (const { journal } of recordedRuns(records, { view, experiments, experimentId }, asked)) yield journal;
    },
  };
}
