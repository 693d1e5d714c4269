import {
  type Dated,
  type FileRef,
  importedRunId,
  type Journal,
  mainStream,
  type Recorded,
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
      for await (const experiment of client.tracking.searchExperiments({ view, signal })) {
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
      const events = await readRun(client, { id, run: run.info.run_id, experiment, parentOf, signal });
      const numbered = inOrder(events).filter(({ seq }) => seq > after);
      if (numbered.length > 0) yield numbered;
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

/** By time, the start before all else and the end after it; numbered as a journal is. */
function inOrder(events: readonly Dated<Recorded | Omit<Recorded, "seq">>[]): readonly Recorded[] {
  const [start, ...rest] = events;
  if (!start) return [];
  const end = rest.at(-1)?.kind === "run.ended" ? rest.pop() : undefined;
  const sorted = rest.sort((a, b) => a.at - b.at);
  const first = Math.min(start.at, sorted[0]?.at ?? start.at, end?.at ?? start.at);
  return [{ ...start, at: first }, ...sorted, ...(end ? [end] : [])].map(
    (event, i) => ({ ...event, seq: i + 1 }) as Recorded,
  );
}

function missing(uri: string, run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `${uri} has no file ${JSON.stringify(file.path)} of run ${run}`, {
    hint: "see whether it was deleted there",
    data: "nothing was changed; the facts of the run are there",
  });
}
