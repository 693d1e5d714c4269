import {
  addDifferences,
  describeMismatch,
  isRunferryError,
  type Json,
  type RunferryError,
  stringifyJson,
} from "@runferry/core";
import { lossCode, lossOption } from "../accept-loss.ts";
import { choiceOptions } from "../choice-options.ts";
import { chosenPlaces, closePlaces, placeOptions } from "../chosen-places.ts";
import { chosenRuns } from "../chosen-runs.ts";
import { type Command, type Context, commandLine } from "../command.ts";
import { eachPlace } from "../each-place.ts";
import { type LongWork, longWork } from "../long-work.ts";
import { verifyAt } from "../migrate-runs.ts";
import { differenceText } from "../output/difference-text.ts";
import { counted, countText } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { tellingOf, tellingOptions } from "../telling-options.ts";
import type { Equality, VerifiedRun } from "../verify-runs.ts";
import { tellSafe } from "./safe-to-delete.ts";

const mostMismatches = 10;

export const verifyCommand: Command = {
  name: "verify",
  summary: "read runs back from a place and compare every point",
  usage: "runferry verify [experiment or handle…] --to <place>",
  examples: [
    ["runferry verify --to tensorboard:./tb", "all runs; exit code 1 where anything is lost or missing"],
    ["runferry verify ctr_model/run_014 --to tensorboard:./tb --json", "one run, for programs"],
    ["runferry verify --safe-to-delete", "which old folders may go: all they hold was found elsewhere, byte by byte"],
    ["runferry verify --to local:/mnt/archive/runferry --bytes", "files too, byte by byte"],
    ["runferry verify --to mlflow --artifacts '!*.ckpt'", "as if it had been exported so; without, as it was"],
  ],
  options: {
    ...placeOptions,
    ...choiceOptions,
    ...tellingOptions,
    ...lossOption,
    bytes: {
      type: "boolean",
      help: "read every file there to its end and compare the bytes; else the sizes, or digests, that the place tells",
    },
    "safe-to-delete": { type: "boolean", help: "which folders that runs were taken from may go; deletes nothing" },
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  moves: true,
  async run(context) {
    if (context.options["safe-to-delete"] === true) return tellSafe(context);
    const reader = context.reader();
    const { store } = reader;
    const telling = tellingOf(context);
    const how = { ...(telling ? { telling } : {}), bytes: context.options.bytes === true };
    const destinations = await chosenPlaces(context, store.folder);
    try {
      const runs = chosenRuns(context, reader);
      const compare = async ({ signal, tell: onProgress, settle }: LongWork) => {
        const troubles = new Map<string, RunferryError>();
        const all = await eachPlace(destinations, (one) =>
          verifyAt(one, { store, signal, onProgress, ...how }, runs).catch((cause: unknown) => {
            if (signal.aborted || !isRunferryError(cause)) throw cause;
            troubles.set(one.name, cause); // the others are still compared
            return [];
          }),
        );
        const verified = all.flat();
        settle();
        const asked = destinations.filter(({ name }) => !troubles.has(name));
        if (context.isJson) context.print(stringifyJson(verified as unknown as Json));
        else for (const { name } of asked) tell(name, verified, context);
        for (const [place, trouble] of troubles) context.complain(`${place}: not compared: ${trouble.explain()}`);
        if (asked.length === 0) return 3;
        if (troubles.size > 0) return 1;
        const isThere = verified.every(({ equality }) => equality === "equal" || equality === "converted");
        const lost = verified.flatMap(({ lostBefore }) => lostBefore);
        return isThere ? lossCode(context, lost) : 1;
      };
      return await longWork(context, compare, "interrupted: nothing was changed");
    } finally {
      await closePlaces(destinations);
    }
  },
};

const words: { readonly [E in Equality]: string } = {
  equal: "equal",
  converted: "equal but converted",
  behind: "behind",
  different: "different",
  missing: "missing",
};

function tell(destination: string, all: readonly VerifiedRun[], context: Context): void {
  const verified = all.filter((run) => run.destination === destination);
  const points = verified.reduce((sum, run) => sum + run.points, 0);
  const counts = (Object.keys(words) as Equality[]).flatMap((equality) => {
    const count = verified.filter((run) => run.equality === equality).length;
    return count === 0 ? [] : [`${countText(count)} ${words[equality]}`];
  });
  const read = [counted(verified.length, "run"), counted(points, "point")];
  for (const by of ["sizes", "bytes"] as const) {
    const files = verified.reduce((sum, run) => sum + run.files[by], 0);
    if (files > 0) read.push(`${counted(files, "file")} by ${by}`);
  }
  context.print(`${destination}: ${read.join(", ")}: ${counts.join(" · ")}`);
  const planned = addDifferences(verified.flatMap((run) => run.differences.filter(({ grade }) => grade !== "lost")));
  for (const difference of planned) context.print(`  ${differenceText(difference)}`);
  for (const lost of addDifferences(verified.flatMap(({ lostBefore }) => lostBefore))) {
    context.print(`  ${differenceText(lost, "lost, as counted")}`);
  }
  tellMismatches(verified, context);
  if (verified.some(({ equality }) => equality === "missing" || equality === "different")) {
    const words = ["export", "--repair", ...context.words, "--to", destination];
    context.note(
      `fix  ${commandLine(context, words, [...Object.keys({ ...choiceOptions, ...tellingOptions }), "dir"])}`,
    );
  }
}

/** What of runs was not found again, one by one. */
export function tellMismatches(verified: readonly VerifiedRun[], context: Context): void {
  for (const run of verified) {
    if (run.equality === "missing") context.print(plainText(`${run.name}  is not there`));
    if (run.equality === "behind") {
      context.print(
        plainText(`${run.name}  ${counted(run.waiting, "event")} behind; the rest is compared once they are there`),
      );
      continue;
    }
    for (const mismatch of run.mismatches.slice(0, mostMismatches)) {
      context.print(plainText(`${run.name}  ${describeMismatch(mismatch)}`));
    }
    const more = run.mismatches.length - mostMismatches;
    if (more > 0) context.print(`  and ${more} more: --json`);
  }
}
