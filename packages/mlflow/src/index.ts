export { type MlflowOptions, mlflow } from "./backend.ts";
export { checkServer, type ServerCheck } from "./check-server.ts";
export * from "./client/index.ts";
export { keeps } from "./keep-rules.ts";
export type { BestModelOptions, FoundModel } from "./server/best-models.ts";
export type { ModelSource, RegisteredVersion, RegisterOptions, Stage } from "./server/registry.ts";
export type { FoundMetric, FoundRun, RunSearchOptions } from "./server/search-runs.ts";
export { type MlflowServer, mlflowServer } from "./server/server.ts";
export { type MlflowSourceOptions, mlflowSource } from "./source.ts";
