import type { WandbState } from "../state.ts";
import type { Storage } from "../storage.ts";

/** What every resolver works on. */
export interface ServerContext {
  readonly state: WandbState;
  readonly storage: Storage;
  readonly base: () => string;
  /** Names of the server features that are on. */
  readonly features: readonly string[];
  /** Entities that the key may write to; the first is its own. */
  readonly entities: readonly string[];
}

/** What graphql-js resolves fields from: values, or functions of the arguments. */
export type Fields = { readonly [field: string]: unknown };
