export { type ErrorCode, isRunferryError, RunferryError, type Telling } from "@runferry/core";
export * from "@runferry/tracker";
export { type Choice, choose, type Ranking } from "./choice.ts";
export {
  type ComparedRow,
  type CompareOptions,
  type Comparison,
  compareRows,
  compareRuns,
} from "./compare-runs.ts";
export {
  type ExportedRun,
  type ExportOptions,
  type ExportReport,
  exportRuns,
} from "./export-runs.ts";
export { importFrom } from "./import-from.ts";
export { type ImportedRunReport, type ImportOptions, importRuns } from "./import-runs.ts";
export { type MoveOptions, migrate, plan } from "./migrate.ts";
export { isWhole, type MigrateOptions, type Migration, migrateRuns } from "./migrate-runs.ts";
export { type OpenedSource, openSource } from "./open-source.ts";
export { type Plan, type PlanOptions, planRuns } from "./plan-runs.ts";
export { type RepairedRun, type RepairOptions, repairRuns } from "./repair-runs.ts";
export type { RunLabel } from "./run-label.ts";
export { type SafeOptions, type SourceFolder, safeToDelete } from "./safe-to-delete.ts";
export { type SyncedFrom, type SyncFromOptions, syncFrom } from "./sync-from.ts";
export { type Equality, type VerifiedRun, type VerifyOptions, verifyRuns } from "./verify-runs.ts";
export type { WorkProgress } from "./work-progress.ts";
