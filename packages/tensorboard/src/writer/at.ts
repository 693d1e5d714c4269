import { badValue } from "./values.ts";

// Where a value belongs: its tag, its step and its time.

export interface At {
  /** Seconds since 1970; default: now. */
  readonly walltime?: number;
}

export function checkTag(tag: unknown): string {
  if (typeof tag === "string" && tag !== "") return tag.toWellFormed();
  throw badValue("a value has no tag", "give a text that is not empty");
}

export function stepOf(tag: string, step: number | undefined | null): number {
  if (step === undefined || step === null) return 0;
  if (Number.isSafeInteger(step)) return step;
  throw badValue(`the step of ${tag} is ${String(step)}`, "give a whole number, or none");
}

export function timeOf({ walltime }: At): number {
  if (walltime === undefined || Number.isFinite(walltime)) return walltime ?? Date.now() / 1000;
  throw badValue(`the walltime is ${walltime}`, "give seconds since 1970");
}
