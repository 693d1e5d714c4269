import type { EventsLost } from "@runferry/core";
import type { Artifacts, Experiment, LoggedModel, Metric, ModelVersion, Run, ViewType } from "../client/index.ts";

export interface RecordsQuery {
  readonly view: ViewType;
  readonly signal?: AbortSignal | undefined;
}

/** What a place holds of MLflow, whether a server, a folder or a database keeps it: records as the REST interface has them. */
export interface MlflowRecords {
  /** The place, as errors call it. */
  readonly name: string;
  experiments(query: RecordsQuery): AsyncIterable<Experiment>;
  /** In the order of their start. Of their data only the tag `runferry.run_id` need be there. */
  runs(experiment: Experiment, query: RecordsQuery): AsyncIterable<Run>;
  /** Also one that is deleted; undefined where there is none. */
  find(run: string): Promise<FoundRecord | undefined>;
  open(run: Run, signal: AbortSignal | undefined): RunRecords;
}

export interface FoundRecord {
  readonly run: Run;
  readonly experiment: string;
}

/** One reading of one run. */
export interface RunRecords {
  whole(): Promise<WholeRun>;
  /** In pieces, in the order of time; or, from servers that keep files, as they came. `window`: how many may be held. */
  history(key: string, window: number): AsyncIterable<readonly Metric[]>;
  readonly artifacts: ReadableArtifacts;
  /** Undefined for one that was deleted. */
  loggedModel(id: string): Promise<LoggedModel | undefined>;
  /** With their aliases. */
  versions(): AsyncIterable<ModelVersion>;
  /** What could not be read so far. */
  readonly lost: readonly EventsLost[];
}

export interface WholeRun {
  readonly run: Run;
  readonly metrics: readonly string[];
}

export type ReadableArtifacts = Pick<Artifacts, "get" | "listAll" | "sizeOf">;
