import type { Artifacts } from "./artifacts.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { FileStream } from "./file-stream.ts";
import type { Runs } from "./runs.ts";
import type { Storage } from "./storage.ts";
import type { Asking, Viewer } from "./types.ts";

/** Everything of a W&B server, typed. Nothing is ever tried twice: that is up to whoever calls. */
export interface WandbClient {
  /** Without credentials. */
  readonly baseUrl: string;
  readonly appUrl: string;
  /** What the options, the environment and the settings files say; undefined where none does. */
  readonly entity: string | undefined;
  readonly project: string | undefined;
  readonly mode: Connection["mode"];
  /** Whose key it is. Throws `needs_credentials` where the server does not know the key. */
  viewer(asking?: Asking): Promise<Viewer>;
  /** The names of the features that are switched on there. */
  serverFeatures(asking?: Asking): Promise<ReadonlySet<string>>;
  readonly runs: Runs;
  readonly artifacts: Artifacts;
  readonly fileStream: FileStream;
  readonly storage: Storage;
  /** The page of a run, for people. */
  runUrl(path: { readonly entity: string; readonly project: string; readonly run: string }): string;
  /** Ends what is under way. Afterwards every call throws `closed`. */
  close(): Promise<void>;
}

export type ClientOptions = ConnectionOptions;

export declare function wandbClient(options?: ClientOptions): WandbClient;
