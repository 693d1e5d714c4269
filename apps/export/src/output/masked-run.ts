import { type JsonObject, maskEvent, type Recorded } from "@runferry/core";
import type { LoggedRun } from "@runferry/tracker";

// A terminal is looked at, and the log of one is kept: secrets are masked there. The journal has them, and code reads them.

export function maskedParams({ spelledParams: values }: LoggedRun): JsonObject {
  return maskedFields({ values }).values;
}

export function maskedTags({ tags: values }: LoggedRun): { readonly [name: string]: string } {
  return maskedFields({ values }).values;
}

/** What people and programs wrote about the run in their own words. */
export function maskedTexts({ description, command, error }: LoggedRun): Texts {
  return maskedFields({
    ...(description === undefined ? {} : { description }),
    ...(command === undefined ? {} : { command }),
    ...(error === undefined ? {} : { error }),
  });
}

type Texts = Partial<Pick<LoggedRun, "description" | "command" | "error">>;

function maskedFields<F extends object>(fields: F): F {
  return maskEvent({ kind: "run.started", seq: 1, at: 0, ...fields } as unknown as Recorded).event as unknown as F;
}
