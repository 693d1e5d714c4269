import type { Json } from "@runferry/core";
import type { RunPath } from "../client/index.ts";
import type { Progress } from "../mapping/index.ts";

/** What is remembered of a stream at the server. */
export interface Memo {
  readonly path: RunPath;
  readonly storageId: string;
  readonly progress: Progress;
  /** The summary has become longer than W&B takes, and that was counted. */
  readonly summaryLeftOut?: boolean;
  /** Rows of alerts from this event on are there, while the alerts themselves were not taken yet. */
  readonly alertsFrom?: number;
}

export function memoOf(json: Json): Memo | undefined {
  return json === null ? undefined : (json as unknown as Memo);
}

export function jsonOf(memo: Memo): Json {
  return memo as unknown as Json;
}
