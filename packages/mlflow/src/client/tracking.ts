import { isRunferryError } from "@runferry/core";
import { allPages } from "./paging.ts";
import type { Transport } from "./transport.ts";
import type {
  DatasetInput,
  Experiment,
  KeyValue,
  Metric,
  MlflowStatus,
  ModelOutput,
  Run,
  RunInfo,
  ViewType,
} from "./types.ts";

export interface Asking {
  readonly signal?: AbortSignal | undefined;
}

export interface RunSearch extends Asking {
  readonly experimentIds: readonly string[];
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly view?: ViewType;
  /** Runs per page. */
  readonly pageSize?: number;
}

/** Experiments and runs of an MLflow server, as its REST interface has them. */
export interface Tracking {
  createExperiment(
    name: string,
    more?: Asking & { readonly artifactLocation?: string; readonly tags?: readonly KeyValue[] },
  ): Promise<string>;
  getExperiment(id: string, more?: Asking): Promise<Experiment>;
  /** Also one that is deleted; undefined where there is none. */
  experimentByName(name: string, more?: Asking): Promise<Experiment | undefined>;
  searchExperiments(
    search?: Asking & { readonly filter?: string; readonly view?: ViewType; readonly pageSize?: number },
  ): AsyncIterable<Experiment>;
  deleteExperiment(id: string, more?: Asking): Promise<void>;
  restoreExperiment(id: string, more?: Asking): Promise<void>;
  createRun(
    run: {
      readonly experimentId: string;
      readonly name?: string;
      readonly user?: string;
      readonly startTime: number;
      readonly tags: readonly KeyValue[];
    },
    more?: Asking,
  ): Promise<Run>;
  getRun(id: string, more?: Asking): Promise<Run>;
  updateRun(
    id: string,
    change: { readonly status?: MlflowStatus; readonly endTime?: number; readonly name?: string },
    more?: Asking,
  ): Promise<RunInfo>;
  deleteRun(id: string, more?: Asking): Promise<void>;
  restoreRun(id: string, more?: Asking): Promise<void>;
  searchRuns(search: RunSearch): AsyncIterable<Run>;
  /** At most 1000 metrics, 100 params, 100 tags, 1000 of all; params first, and not all or nothing. */
  logBatch(
    id: string,
    batch: {
      readonly metrics?: readonly Metric[];
      readonly params?: readonly KeyValue[];
      readonly tags?: readonly KeyValue[];
    },
    more?: Asking,
  ): Promise<void>;
  setTag(id: string, key: string, value: string, more?: Asking): Promise<void>;
  /** A tag that is not there is deleted already. */
  deleteTag(id: string, key: string, more?: Asking): Promise<void>;
  /** The whole history of a metric, in pages. */
  metricHistory(id: string, key: string, more?: Asking & { readonly pageSize?: number }): AsyncIterable<Metric>;
  logInputs(id: string, datasets: readonly DatasetInput[], more?: Asking): Promise<void>;
  logOutputs(id: string, models: readonly ModelOutput[], more?: Asking): Promise<void>;
}

const root = "/api/2.0/mlflow";

export function createTracking({ json }: Pick<Transport, "json">): Tracking {
  const post = <T extends object>(path: string, body: object, { signal }: Asking = {}) =>
    json<T>({ method: "POST", path: `${root}/${path}`, body, signal });
  const done = async (path: string, body: object, asking?: Asking) => {
    await post(path, body, asking);
  };

  return {
    async createExperiment(name, { artifactLocation, tags, ...asking } = {}) {
      const body = { name, artifact_location: artifactLocation, tags };
      return String((await post<{ experiment_id: string }>("experiments/create", body, asking)).experiment_id);
    },
    async getExperiment(id, { signal } = {}) {
      const query = { experiment_id: id };
      return (await json<{ experiment: Experiment }>({ method: "GET", path: `${root}/experiments/get`, query, signal }))
        .experiment;
    },
    async experimentByName(name, { signal } = {}) {
      const path = `${root}/experiments/get-by-name`;
      try {
        const query = { experiment_name: name };
        return (await json<{ experiment: Experiment }>({ method: "GET", path, query, signal })).experiment;
      } catch (cause) {
        if (isRunferryError(cause, "not_found")) return undefined;
        throw cause;
      }
    },
    searchExperiments: ({ filter, view = "ACTIVE_ONLY", pageSize = 1000, ...asking } = {}) =>
      allPages(
        (token) =>
          post<{ experiments?: readonly Experiment[]; next_page_token?: string }>(
            "experiments/search",
            { max_results: pageSize, page_token: token, filter, view_type: view },
            asking,
          ),
        (page) => page.experiments,
      ),
    deleteExperiment: (id, asking) => done("experiments/delete", { experiment_id: id }, asking),
    restoreExperiment: (id, asking) => done("experiments/restore", { experiment_id: id }, asking),
    async createRun({ experimentId, name, user, startTime, tags }, asking) {
      const body = { experiment_id: experimentId, run_name: name, user_id: user, start_time: startTime, tags };
      return (await post<{ run: Run }>("runs/create", body, asking)).run;
    },
    async getRun(id, { signal } = {}) {
      return (await json<{ run: Run }>({ method: "GET", path: `${root}/runs/get`, query: { run_id: id }, signal })).run;
    },
    async updateRun(id, { status, endTime, name }, asking) {
      const body = { run_id: id, status, end_time: endTime, run_name: name };
      return (await post<{ run_info: RunInfo }>("runs/update", body, asking)).run_info;
    },
    deleteRun: (id, asking) => done("runs/delete", { run_id: id }, asking),
    restoreRun: (id, asking) => done("runs/restore", { run_id: id }, asking),
    searchRuns: ({ experimentIds, filter, orderBy, view = "ACTIVE_ONLY", pageSize = 1000, ...asking }) =>
      allPages(
        (token) =>
          post<{ runs?: readonly Run[]; next_page_token?: string }>(
            "runs/search",
            {
              experiment_ids: experimentIds,
              filter,
              run_view_type: view,
              max_results: pageSize,
              order_by: orderBy,
              page_token: token,
            },
            asking,
          ),
        (page) => page.runs,
      ),
    logBatch: (id, batch, asking) => done("runs/log-batch", { run_id: id, ...batch }, asking),
    setTag: (id, key, value, asking) => done("runs/set-tag", { run_id: id, key, value }, asking),
    async deleteTag(id, key, asking) {
      try {
        await post("runs/delete-tag", { run_id: id, key }, asking);
      } catch (cause) {
        const noTag = isRunferryError(cause, "not_found") && /No tag with name/.test(cause.message);
        if (!noTag) throw cause;
      }
    },
    metricHistory: (id, key, { pageSize = 25_000, signal } = {}) =>
      allPages(
        (token) =>
          json<{ metrics?: readonly Metric[]; next_page_token?: string }>({
            method: "GET",
            path: `${root}/metrics/get-history`,
            query: { run_id: id, metric_key: key, max_results: pageSize, page_token: token },
            signal,
          }),
        (page) => page.metrics,
      ),
    logInputs: (id, datasets, asking) => done("runs/log-inputs", { run_id: id, datasets }, asking),
    logOutputs: (id, models, asking) => done("runs/outputs", { run_id: id, models }, asking),
  };
}
