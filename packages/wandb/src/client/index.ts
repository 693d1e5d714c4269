export type { Artifacts } from "./artifacts.ts";
export { type ClientOptions, type WandbClient, wandbClient } from "./client.ts";
export { type Connection, type Credentials, resolveConnection, type WandbMode } from "./connection.ts";
export type { ConnectionOptions, Environment } from "./connection-options.ts";
export { type WandbAnswer, WandbError } from "./errors.ts";
export {
  cutLines,
  type FileStream,
  maxBodyBytes,
  maxConsoleLine,
  maxLineBytes,
  type StreamAnswer,
  type StreamChunk,
  type StreamUpdate,
} from "./file-stream.ts";
export type { Runs } from "./runs.ts";
export { digestsOf, multipartFrom, partBytesOf, type Storage, type Upload } from "./storage.ts";
export * from "./types.ts";
