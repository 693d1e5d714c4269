import { stat } from "node:fs/promises";
import { RunferryError } from "@runferry/core";
import {
  findFile,
  type MlflowRecords,
  type RecordsQuery,
  type Run,
  type RunRecords,
  recordedRuns,
} from "@runferry/mlflow/records";
import type { LayoutOptions, LayoutSource } from "../layout.ts";
import type { ArtifactsHere } from "./artifacts-here.ts";

/** MLflow's records in a store on this machine. */
export interface StoredRecords extends MlflowRecords {
  open(run: Run, signal: AbortSignal | undefined): StoredRun;
}

export interface StoredRun extends RunRecords {
  readonly artifacts: ArtifactsHere;
  /** What was read so far beside them; absent where a file holds more than runs. */
  readonly files?: ReadonlySet<string>;
}

/** Whether what is in this stage was asked for. */
export function isAsked(view: RecordsQuery["view"], stage: "active" | "deleted" | undefined): boolean {
  return view === "ALL" || (view === "DELETED_ONLY") === (stage === "deleted");
}

/** The runs of a store, which is looked at anew each time they are asked for. */
export function storedRuns(
  open: () => StoredRecords | Promise<StoredRecords>,
  { deleted = false }: LayoutOptions,
): LayoutSource {
  return {
    guessedZone: undefined, // its times are milliseconds since 1970
    async *runs(asked) {
      asked?.signal?.throwIfAborted();
      const stored = await open();
      const readings = new WeakMap<Run, StoredRun>(); // the latest of each
      const records: StoredRecords = {
        ...stored,
        open(run, signal) {
          const reading = stored.open(run, signal);
          readings.set(run, reading);
          return reading;
        },
      };
      for await (const { run, journal } of recordedRuns(records, { view: deleted ? "ALL" : "ACTIVE_ONLY" }, asked)) {
        yield {
          ...journal,
          async factFiles() {
            for await (const { read } of journal.streams()) for await (const _ of read());
            return readings.get(run)?.files;
          },
          async locate(file) {
            const reading = stored.open(run, undefined);
            const found = await findFile(reading, run, file.path);
            const from = found && (await reading.artifacts.locate(found.root, found.below));
            if (from !== undefined && (await stat(from)).size === file.bytes) return from;
            throw new RunferryError(
              "file_missing",
              `run ${journal.run} has no file ${file.path} of ${file.bytes} bytes`,
              {
                hint: "restore the file where it was, or import the run again",
                data: "nothing was changed; the facts of the run are there",
              },
            );
          },
        };
      }
    },
  };
}
