// What reads MLflow's records from wherever they are kept, without the client of its servers.
export type { Experiment, LoggedModel, Metric, MlflowStatus, ModelVersion, Run, ViewType } from "../client/types.ts";
export { findFile } from "../model-files.ts";
export { type RecordedRun, type RecordedRunsOptions, recordedRuns } from "../recorded-runs.ts";
export { parseYaml, parseYamlTexts } from "../yaml.ts";
export type {
  FoundRecord,
  MlflowRecords,
  ReadableArtifacts,
  RecordsQuery,
  RunRecords,
  WholeRun,
} from "./records.ts";
