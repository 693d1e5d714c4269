import {
  type FileRef,
  importedRunId,
  type Journal,
  mainStream,
  RunferryError,
  type RunsOptions,
  type Stream,
} from "@runferry/core";
import type { Run, ViewType } from "./client/index.ts";
import { findFile } from "./model-files.ts";
import { readRun } from "./read-run.ts";
import type { MlflowRecords } from "./records/records.ts";
import { mapOf, runIdTag } from "./start-tags.ts";

export interface RecordedRunsOptions {
  /** Names of experiments. Default: all. */
  readonly experiments?: readonly string[] | undefined;
  /** Only this one. */
  readonly experimentId?: string | undefined;
  /** Also what is deleted there, or only that. Default: ACTIVE_ONLY. */
  readonly view?: ViewType | undefined;
}

export interface RecordedRun {
  readonly run: Run;
  readonly journal: Journal;
}

/** The runs of any place that holds MLflow's records. The same run has the same id and facts, whatever holds it. */
export async function* recordedRuns(
  records: MlflowRecords,
  { view = "ACTIVE_ONLY", experiments, experimentId }: RecordedRunsOptions = {},
  { ids, signal, files }: RunsOptions = {},
): AsyncGenerator<RecordedRun> {
  const seen = new Set<string>();
  const wanted = ids && new Set(ids);
  // Deleted runs are also in experiments that are not.
  const all = view === "ACTIVE_ONLY" ? view : "ALL";
  for await (const experiment of records.experiments({ view: all, signal })) {
    signal?.throwIfAborted();
    if (experiments && !experiments.includes(experiment.name)) continue;
    if (experimentId !== undefined && String(experiment.experiment_id) !== experimentId) continue;
    for await (const run of records.runs(experiment, { view, signal })) {
      if (seen.has(run.info.run_id)) continue; // pages are counted, and runs come while one reads
      seen.add(run.info.run_id);
      const id = await runIdOf(run, experiment.name);
      if (!wanted || wanted.has(id)) yield { run, journal: journalOf(records, id, run, experiment.name, files) };
    }
  }
}

/** The id that the run has here: its own, or always the same one for the same run of another tool. */
async function runIdOf(run: Run, experiment: string): Promise<string> {
  const own = mapOf(run.data?.tags).get(runIdTag);
  return own ?? importedRunId("mlflow", experiment, run.info.run_id, Number(run.info.start_time ?? 0));
}

function journalOf(
  records: MlflowRecords,
  id: string,
  run: Run,
  experiment: string,
  files: RunsOptions["files"],
): Journal {
  async function parentOf(remote: string): Promise<string> {
    const parent = await records.find(remote);
    // Not there (any more): the name it is called by is all that is known.
    return parent ? runIdOf(parent.run, parent.experiment) : remote;
  }

  const stream: Stream = {
    name: mainStream,
    async *read({ after = 0, signal } = {}) {
      let seq = 0;
      for await (const events of readRun(records.open(run, signal), { id, experiment, files, parentOf })) {
        const numbered = events.map((event) => ({ ...event, seq: ++seq })).filter((event) => event.seq > after);
        if (numbered.length > 0) yield numbered;
      }
    },
  };

  const { run_name: name = mapOf(run.data?.tags).get("mlflow.runName"), start_time: startedAt = 0 } = run.info;
  return {
    run: id,
    ...(name === undefined ? {} : { head: { name, experiment, createdAt: Number(startedAt) } }),
    async *streams() {
      yield stream;
    },
    async *open(file, { start = 0, signal } = {}) {
      const reading = records.open(run, signal);
      const found = await findFile(reading, run, file.path);
      if (!found) throw missing(records.name, id, file);
      yield* reading.artifacts.get(found.root, found.below, { start });
    },
  };
}

function missing(place: string, run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `${place} has no file ${JSON.stringify(file.path)} of run ${run}`, {
    hint: "see whether it was deleted there",
    data: "nothing was changed; the facts of the run are there",
  });
}
