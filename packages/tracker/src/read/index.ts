export { nearNames, suggestion } from "../near-names.ts";
export type { BestRunOptions } from "./best-run.ts";
export { type ChoosableRun, type ChooseOptions, chooseRuns } from "./choose-runs.ts";
export type { LoggedMetric, LoggedMetrics } from "./logged-metric.ts";
export type { LoggedArtifact, LoggedRun } from "./logged-run.ts";
export type { PlainValue } from "./plain-json.ts";
export {
  deleteRun,
  experiments,
  getBestRun,
  getRun,
  type InStore,
  restoreRun,
  runs,
} from "./read-store.ts";
export { type ExperimentSummary, openReader, type Reader, type RunsOptions } from "./reader.ts";
