import { type EventsLost, isRunferryError } from "@runferry/core";
import { type Metric, type MlflowClient, MlflowError, type Run } from "./client/index.ts";
import type { MlflowRecords, RunRecords } from "./records/records.ts";

/** The records of a server. `filter`: which runs, in MLflow's search language. */
export function restRecords(client: MlflowClient, filter?: string): MlflowRecords {
  const { tracking } = client;
  return {
    name: client.uri,
    experiments: (query) => tracking.searchExperiments(query),
    runs: ({ experiment_id }, query) =>
      tracking.searchRuns({
        ...query,
        experimentIds: [experiment_id],
        orderBy: ["attributes.start_time ASC"],
        ...(filter === undefined ? {} : { filter }),
      }),
    async find(id) {
      try {
        const run = await tracking.getRun(id);
        return { run, experiment: (await tracking.getExperiment(run.info.experiment_id)).name };
      } catch (cause) {
        if (cause instanceof MlflowError && cause.code !== "unavailable") return undefined;
        throw cause;
      }
    },
    open: (run, signal) => restRun(client, run, signal),
  };
}

const pieceLength = 1000;

function restRun({ tracking, models, artifacts }: MlflowClient, head: Run, signal?: AbortSignal): RunRecords {
  const id = head.info.run_id;
  const lost: EventsLost[] = [];
  return {
    async whole() {
      const run = await tracking.getRun(id, { signal });
      return { run, metrics: (run.data?.metrics ?? []).map(({ key }) => key) };
    },
    async *history(key, window) {
      let piece: Metric[] = [];
      for await (const metric of tracking.metricHistory(id, key, { pageSize: window, signal })) {
        if (piece.push(metric) < pieceLength) continue;
        yield piece;
        piece = [];
      }
      yield piece;
    },
    artifacts: {
      async *listAll(root) {
        try {
          yield* artifacts.listAll(root, { signal });
        } catch (cause) {
          if (!isRunferryError(cause, "bad_option")) throw cause;
          lost.push({
            kind: "events.lost",
            count: 1,
            reason: "files of the run cannot be reached from here",
            where: root,
          });
        }
      },
      get: (root, path, more) => artifacts.get(root, path, { signal, ...more }),
      sizeOf: (root, path) => artifacts.sizeOf(root, path, { signal }),
    },
    async loggedModel(model) {
      try {
        return await models.getLoggedModel(model, { signal });
      } catch (cause) {
        if (isRunferryError(cause, "not_found")) return undefined;
        throw cause;
      }
    },
    async *versions() {
      for await (const { name, version } of models.searchModelVersions({ filter: `run_id = '${id}'`, signal })) {
        yield await models.getModelVersion(name, version, { signal }); // a search does not tell of aliases
      }
    },
    lost,
  };
}
