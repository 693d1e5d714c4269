import type { Before, Recorded } from "@runferry/core";
import type { Laid, Progress } from "./laid.ts";

export interface Laying {
  readonly run: string;
  readonly stream: string;
  readonly before: Before;
  readonly progress: Progress;
  /** Undefined: the experiment is the project. */
  readonly project: string | undefined;
}

/** Turns events into what W&B holds of them: a pure function of them and of what came before. */
export function layBatch(_batch: readonly Recorded[], _laying: Laying): Laid {
  throw new Error("to be written");
}
