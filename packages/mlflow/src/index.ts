export { type MlflowOptions, mlflow } from "./backend.ts";
export * from "./client/index.ts";
export { keeps } from "./keep-rules.ts";
export { type MlflowSourceOptions, mlflowSource } from "./source.ts";
