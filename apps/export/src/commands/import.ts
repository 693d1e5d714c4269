import { countOf, type Json, stringifyJson } from "@runferry/core";
import { openStore } from "@runferry/local";
import { lossCode, lossOption } from "../accept-loss.ts";
import { choiceOf, choiceOptions } from "../choice-options.ts";
import { chooseInSources } from "../choose-in-sources.ts";
import { closeSources, openSources, sourceOptions } from "../chosen-sources.ts";
import type { Command, Context } from "../command.ts";
import { longWork } from "../long-work.ts";
import { isTakenIn, type MigratedSource, takeIn } from "../migrate-runs.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { table } from "../output/table.ts";
import { takenTwice } from "../taken-twice.ts";

export const importCommand: Command = {
  name: "import",
  summary: "take runs of other tools into the store",
  usage: "runferry import <folder or place>…",
  examples: [
    ["runferry import ./experiments", "a folder of another tracker; again: only what is new"],
    ["runferry import ./experiments ./tb --dir ./runs", "two of them, into a store of that name"],
    ["runferry import mlflow:http://localhost:5000", "a server"],
    ["runferry import mlflow:http://localhost:5000 --experiment 'ctr_*' --since 30d", "some of its runs"],
  ],
  options: { ...sourceOptions, ...choiceOptions, ...lossOption },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  moves: true,
  async run(context) {
    const choice = choiceOf(context);
    const opened = await openSources(context);
    try {
      const store = openStore(context.storeFolder());
      const sources = await chooseInSources(opened, choice);
      return await longWork(context, async ({ signal, tell: onProgress, settle }) => {
        const all: MigratedSource[] = [];
        for (const one of sources) all.push(await takeIn(one, { store, signal, onProgress }));
        settle();
        tell(all, context);
        const runs = all.flatMap((source) => source.runs);
        const twice = takenTwice(store, runs);
        if (twice !== undefined) context.note(twice);
        const lost = runs.flatMap((run) => run.lost);
        return isTakenIn(runs) ? lossCode(context, lost) : 1;
      });
    } finally {
      await closeSources(opened);
    }
  },
};

function tell(all: readonly MigratedSource[], context: Context): void {
  if (context.isJson) {
    context.print(stringifyJson(all as unknown as Json));
    return;
  }
  const counts = (state: string) =>
    all.map(({ runs }) => String(runs.filter((run) => run.state === state).length || "–"));
  const lines = table(
    [
      { title: "from", cells: all.map(({ from }) => from) },
      { title: "layout", cells: all.map(({ layout }) => layout) },
      { title: "new", align: "right", cells: counts("new") },
      { title: "grown", align: "right", cells: counts("grown") },
      { title: "same", align: "right", cells: counts("same") },
      { title: "failed", align: "right", cells: counts("failed") },
    ],
    context.width,
  );
  for (const line of lines) context.print(line);
  for (const { from, guessedZone: zone, runs } of all) {
    if (zone !== undefined) context.note(`${from}: times have no zone, read as ${zone} (--timezone)`);
    for (const { name, state, cause, lost } of runs) {
      if (state === "failed") context.print(plainText(`${name}  ${cause}`));
      if (lost.length > 0)
        context.print(plainText(`${name}  ${counted(countOf(lost, "lost"), "thing")} could not be read`));
      for (const { count, kind, example } of lost) {
        context.print(plainText(`  ${count} × ${kind}${example === undefined ? "" : `: ${example}`}`));
      }
    }
  }
}
