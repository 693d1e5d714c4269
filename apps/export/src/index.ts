export { type ErrorCode, isRunferryError, RunferryError } from "@runferry/core";
export * from "@runferry/tracker";
export {
  type ExportedRun,
  type ExportOptions,
  type ExportProgress,
  type ExportReport,
  exportRuns,
} from "./export-runs.ts";
export { type Equality, type VerifiedRun, type VerifyOptions, verifyRuns } from "./verify-runs.ts";
