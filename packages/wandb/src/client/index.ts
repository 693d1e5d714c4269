export * from "./artifact-types.ts";
export type { Artifacts } from "./artifacts.ts";
export { manifestName } from "./artifacts.ts";
export { type ClientOptions, type WandbClient, wandbClient } from "./client.ts";
export { type Connection, type ConnectionOptions, resolveConnection, type WandbMode } from "./connection.ts";
export type { Credentials } from "./credentials.ts";
export { type Digests, digestsOf, multipartFrom, partBytesOf } from "./digests.ts";
export { type Asked, meaningOf, meaningOfWords, type WandbAnswer, WandbError } from "./errors.ts";
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
export { createLineBuffer, type LineBuffer, type LineBytes } from "./line-bytes.ts";
export type { Runs } from "./runs.ts";
export { defaultBaseUrl } from "./server-url.ts";
export type { Storage, Upload } from "./storage.ts";
export * from "./types.ts";
