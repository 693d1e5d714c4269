import type { ConnectionOptions } from "./connection-options.ts";

export type WandbMode = "online" | "offline" | "disabled";

/** A server, and how it lets us in. Secrets stand behind functions, so that none is printed with it. */
export interface Connection {
  /** Without credentials and without a slash at its end. */
  readonly baseUrl: string;
  readonly appUrl: string;
  readonly entity: string | undefined;
  readonly project: string | undefined;
  readonly mode: WandbMode;
  readonly credentials: Credentials | undefined;
}

export interface Credentials {
  /** Where they were found, for example `WANDB_API_KEY`. */
  readonly from: string;
}

export declare function resolveConnection(options?: ConnectionOptions): Connection;
