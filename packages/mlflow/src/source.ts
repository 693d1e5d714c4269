import {
  type FileRef,
  importedRunId,
  type Journal,
  mainStream,
  RunferryError,
  type Source,
  type Stream,
} from "@runferry/core";
import {
  type ClientOptions,
  type MlflowClient,
  MlflowError,
  mlflowClient,
  type Run,
  type ViewType,
} from "./client/index.ts";
import { readRun } from "./read-run.ts";
import { mapOf, runIdTag } from "./start-tags.ts";

export interface MlflowSourceOptions extends ClientOptions {
  /** Names of experiments. Default: all. */
  readonly experiments?: readonly string[];
  /** In MLflow's search language, e.g. `metrics.loss < 0.1`. */
  readonly filter?: string;
  /** Also what is deleted there, or only that. Default: ACTIVE_ONLY. */
  readonly view?: ViewType;
}

/** Every run of an MLflow server, whichever tool wrote it. Nothing there is changed. */
export function mlflowSource(options: MlflowSourceOptions = {}): Source {
  const client = mlflowClient(options);
  const { view = "ACTIVE_ONLY", filter, experiments } = options;

  return {
    async *runs({ ids, signal } = {}) {
      const seen = new Set<string>();
      // Deleted runs are also in experiments that are not.
      const all = view === "ACTIVE_ONLY" ? view : "ALL";
      for await (const experiment of client.tracking.searchExperiments({ view: all, signal })) {
        signal?.throwIfAborted();
        if (experiments && !experiments.includes(experiment.name)) continue;
        const search = {
          experimentIds: [experiment.experiment_id],
          orderBy: ["attributes.start_time ASC"],
          view,
          signal,
          ...(filter === undefined ? {} : { filter }),
        };
        for await (const run of client.tracking.searchRuns(search)) {
          if (seen.has(run.info.run_id)) continue; // pages are counted, and runs come while one reads
          seen.add(run.info.run_id);
          const id = await runIdOf(run, experiment.name);
          if (!ids || ids.includes(id)) yield journalOf(client, id, run, experiment.name);
        }
      }
    },
  };
}

/** The id that the run has here: its own, or always the same one for the same run of another tool. */
async function runIdOf(run: Run, experiment: string): Promise<string> {
  const own = mapOf(run.data?.tags).get(runIdTag);
  return own ?? importedRunId("mlflow", experiment, run.info.run_id, Number(run.info.start_time ?? 0));
}

function journalOf(client: MlflowClient, id: string, run: Run, experiment: string): Journal {
  async function parentOf(remote: string): Promise<string> {
    try {
      const parent = await client.tracking.getRun(remote);
      const { name } = await client.tracking.getExperiment(parent.info.experiment_id);
      return await runIdOf(parent, name);
    } catch (cause) {
      // Not there (any more): the name it is called by is all that is known.
      if (cause instanceof MlflowError && cause.code !== "unavailable") return remote;
      throw cause;
    }
  }

  const stream: Stream = {
    name: mainStream,
    async *read({ after = 0, signal } = {}) {
      let seq = 0;
      for await (const events of readRun(client, { id, run: run.info.run_id, experiment, parentOf, signal })) {
        const numbered = events.map((event) => ({ ...event, seq: ++seq })).filter((event) => event.seq > after);
        if (numbered.length > 0) yield numbered;
      }
    },
  };

  return {
    run: id,
    async *streams() {
      yield stream;
    },
    async *open(file, { start = 0, signal } = {}) {
      const root = run.info.artifact_uri ?? "";
      if ((await client.artifacts.sizeOf(root, file.path, { signal })) === undefined)
        throw missing(client.uri, id, file);
      yield* client.artifacts.get(root, file.path, { start, signal });
    },
  };
}

function missing(uri: string, run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `${uri} has no file ${JSON.stringify(file.path)} of run ${run}`, {
    hint: "see whether it was deleted there",
    data: "nothing was changed; the facts of the run are there",
  });
}
