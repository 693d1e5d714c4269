import { RunferryError } from "@runferry/core";

/** How often something is done: every n-th time, or never. */
export function everyOf(option: string, value: unknown): number {
  if (value === undefined || value === false) return 0;
  if (value === true) return 1;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badOption(`${option} is ${String(value)}`, "give a whole number from 0 on: 2 is every second one, 0 is never");
}

export function badOption(what: string, hint: string): RunferryError {
  return new RunferryError("bad_option", what, { hint, data: "nothing was written" });
}
