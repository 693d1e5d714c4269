import { RunferryError } from "./errors.ts";
import type { Recorded } from "./events.ts";

/** Lifts one event from the format of its index to the next. */
export type Upcaster = (event: Recorded) => Recorded;

/** `upcasters[n]` lifts format n + 1 to n + 2. Format 1 is the first that was released, so there is nothing to lift yet. */
const upcasters: readonly Upcaster[] = [];

/** The event in the current format. A journal of a newer format is refused as a whole: guessing would lose silently. */
export function upcast(event: Recorded, format: number, steps: readonly Upcaster[] = upcasters): Recorded {
  const current = steps.length + 1;
  if (format > current) {
    throw new RunferryError("format_newer", `this journal has format ${format}; this version reads up to ${current}`, {
      hint: "read it with a newer runferry: npm install runferry@latest",
      data: "nothing was changed",
    });
  }
  return steps.slice(Math.max(0, format - 1)).reduce((lifted, step) => step(lifted), event);
}
