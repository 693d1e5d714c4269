export { type MlflowOptions, mlflow } from "./backend.ts";
export { checkServer, type ServerCheck } from "./check-server.ts";
export * from "./client/index.ts";
export { keeps } from "./keep-rules.ts";
export { type MlflowSourceOptions, mlflowSource } from "./source.ts";
