export { nearNames, suggestion } from "../near-names.ts";
export type { BestRunOptions } from "./best-run.ts";
export { type ChoosableRun, type ChooseOptions, chooseRuns } from "./choose-runs.ts";
export type { ExperimentDetails, ExperimentSummary, MetricOfRuns } from "./experiments.ts";
export type { LoggedMetric, LoggedMetrics } from "./logged-metric.ts";
export type { LoggedArtifact, LoggedRun } from "./logged-run.ts";
export type { PlainValue } from "./plain-json.ts";
export {
  createExperiment,
  deleteExperiment,
  deleteRun,
  experiments,
  getBestRun,
  getExperiment,
  getRun,
  type InStore,
  restoreExperiment,
  restoreRun,
  runs,
} from "./read-store.ts";
export { openReader, type Reader, type RunsOptions } from "./reader.ts";
export { saveExperimentSummary } from "./save-experiment.ts";
