import { type Json, stringifyJson } from "@runferry/core";
import { chosenPlaces, closePlaces } from "../chosen-places.ts";
import type { Context } from "../command.ts";
import type { LongWork } from "../long-work.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { type RepairedRun, repairRuns } from "../repair-runs.ts";
import type { RunLabel } from "../run-label.ts";
import { tellingOf } from "../telling-options.ts";
import { countWork } from "../work-progress.ts";

/** What `export --repair` does after the delivery. The places are opened anew: what is written anew must not be held. */
export async function repair(
  context: Context,
  runs: readonly RunLabel[],
  { signal, tell: onProgress, settle }: LongWork,
): Promise<number> {
  const { store } = context.reader();
  const telling = tellingOf(context);
  const destinations = await chosenPlaces(context, store.folder);
  try {
    const counts = new Map(destinations.map(({ name }) => [name, countWork("verify", name, runs.length, onProgress)]));
    const seen = new Set<string>();
    const repaired = await repairRuns({
      store,
      runs,
      destinations,
      ...(telling ? { telling } : {}),
      signal,
      onProgress({ run, name, destination, points }) {
        if (seen.has(`${run} ${destination}`)) return; // what was repaired is compared once more
        seen.add(`${run} ${destination}`);
        counts.get(destination)?.done(name, points, true);
      },
    });
    for (const count of counts.values()) count.over();
    settle();
    if (context.isJson) context.print(stringifyJson(repaired as unknown as Json));
    else tell(repaired, context);
    return repaired.every(isWhole) ? 0 : 1;
  } finally {
    await closePlaces(destinations);
  }
}

function isWhole({ after }: RepairedRun): boolean {
  return after.equality === "equal" || after.equality === "converted";
}

function tell(repaired: readonly RepairedRun[], { print, note }: Context): void {
  if (repaired.length === 0) note("nothing is missing or different there: nothing was repaired");
  for (const one of repaired) {
    const { name, destination, how, cause, before, after } = one;
    const found =
      before.equality === "missing" ? "it was not there" : `${counted(before.mismatches.length, "thing")} amiss`;
    const done =
      how === "not"
        ? `not repaired: ${cause}`
        : isWhole(one)
          ? { mended: "told again", anew: "written anew" }[how]
          : `${counted(after.mismatches.length, "thing")} cannot be repaired there; into another place, or --into, it is whole`;
    print(plainText(`${name}  ${destination}: ${found}; ${done}`));
  }
}
