import { countOf, type Json, stringifyJson } from "@runferry/core";
import { openStore } from "@runferry/local";
import { choiceOf, choiceOptions } from "../choice-options.ts";
import { chooseInSources } from "../choose-in-sources.ts";
import { closeSources, openSources, sourceOptions } from "../chosen-sources.ts";
import type { Command, Context } from "../command.ts";
import { type ImportedRunReport, importRuns } from "../import-runs.ts";
import type { OpenedSource } from "../open-source.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { table } from "../output/table.ts";
import { takenTwice } from "../taken-twice.ts";

interface Imported {
  readonly opened: OpenedSource;
  readonly runs: readonly ImportedRunReport[];
}

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
  options: { ...sourceOptions, ...choiceOptions },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const choice = choiceOf(context);
    const opened = await openSources(context);
    const store = openStore(context.storeFolder());
    const all: Imported[] = [];
    for (const one of await chooseInSources(opened, choice)) {
      const runs = await importRuns({
        source: one.source,
        ...(one.takenFrom ? { takenFrom: one.takenFrom } : {}),
        store,
        onProgress: ({ name, state }) => context.progress.write(`${plainText(`${one.name}  ${name}  ${state}`)}\n`),
      });
      all.push({ opened: one, runs });
    }
    await closeSources(opened);
    tell(all, context);
    const twice = takenTwice(
      store,
      all.flatMap(({ runs }) => runs),
    );
    if (twice !== undefined) context.note(twice);
    return all.some(({ runs }) => runs.some(({ state, lost }) => state === "failed" || lost.length > 0)) ? 1 : 0;
  },
};

function tell(all: readonly Imported[], context: Context): void {
  if (context.isJson) {
    const report = all.map(({ opened: { name, layout }, runs }) => ({ from: name, layout, runs }));
    context.print(stringifyJson(report as unknown as Json));
    return;
  }
  const counts = (state: string) =>
    all.map(({ runs }) => String(runs.filter((run) => run.state === state).length || "–"));
  const lines = table(
    [
      { title: "from", cells: all.map(({ opened }) => opened.name) },
      { title: "layout", cells: all.map(({ opened }) => opened.layout) },
      { title: "new", align: "right", cells: counts("new") },
      { title: "grown", align: "right", cells: counts("grown") },
      { title: "same", align: "right", cells: counts("same") },
      { title: "failed", align: "right", cells: counts("failed") },
    ],
    context.width,
  );
  for (const line of lines) context.print(line);
  for (const { opened, runs } of all) {
    const zone = opened.guessedZone?.();
    if (zone !== undefined) context.note(`${opened.name}: times have no zone, read as ${zone} (--timezone)`);
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
