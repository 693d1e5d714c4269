export type { Artifacts, Upload } from "./artifacts.ts";
export { type ClientOptions, type MlflowClient, mlflowClient } from "./client.ts";
export type { Connection, ConnectionOptions, TlsOptions } from "./connection.ts";
export { resolveConnection } from "./connection.ts";
export { type MlflowAnswer, MlflowError, meaningOf } from "./errors.ts";
export type { Models, NewLoggedModel, NewModelVersion } from "./models.ts";
export type { Asking, RunSearch, Tracking } from "./tracking.ts";
export type { Call, Transport } from "./transport.ts";
export * from "./types.ts";
