import { existsSync } from "node:fs";
import { join } from "node:path";
import { countOf, type Grade, type Json, stringifyJson } from "@runferry/core";
import { openStore } from "@runferry/local";
import { lossCode, lossOption } from "../accept-loss.ts";
import { choiceOptions } from "../choice-options.ts";
import { placeOptions } from "../chosen-places.ts";
import { sourceOptions } from "../chosen-sources.ts";
import { type Command, type Context, commandLine, textOption } from "../command.ts";
import { type LongWork, longWork } from "../long-work.ts";
import { bytesText, counted, countText, dash, secondsText } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { table } from "../output/table.ts";
import { type Plan, type PlannedDestination, planRuns } from "../plan-runs.ts";
import { tellingOptions } from "../telling-options.ts";
import { type Chosen, withChosen } from "../with-chosen.ts";
import { differenceLine } from "./export.ts";

export const planCommand: Command = {
  name: "plan",
  summary: "say what moving runs would mean; writes nothing",
  usage: "runferry plan <folder or place>… --to <place>",
  examples: [
    ["runferry plan ./experiments --to tensorboard:./tb", "what would be sent, and in which form"],
    ["runferry plan ./experiments ./tb --to mlflow:http://localhost:5000", "several sources"],
    ["runferry plan ./experiments --to mlflow --experiment 'ctr_*' --max-artifact-size 1GB", "a part of it"],
  ],
  options: { ...placeOptions, ...sourceOptions, ...choiceOptions, ...tellingOptions, ...lossOption },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  moves: true,
  run: (context) => withChosen(context, (chosen) => look(chosen, context)),
};

function look({ folder, sources, destinations, telling }: Chosen, context: Context): Promise<number> {
  const store = existsSync(join(folder, "store.json")) ? { store: openStore(folder, { create: false }) } : {};
  const ask = async ({ signal, tell: onProgress, settle }: LongWork) => {
    const plan = await planRuns({
      sources,
      destinations,
      ...store,
      ...(telling ? { telling } : {}),
      signal,
      onProgress,
    });
    settle();
    tell(plan, context);
    const isPossible =
      plan.sources.every(({ clashes }) => clashes.length === 0) &&
      plan.destinations.every(({ trouble }) => trouble === undefined);
    const lost = plan.sources.flatMap((source) => source.lost);
    return isPossible ? lossCode(context, lost) : 1;
  };
  return longWork(context, ask, "interrupted: nothing was written");
}

function tell(plan: Plan, context: Context): void {
  if (context.isJson) {
    context.print(stringifyJson(plan as unknown as Json));
    return;
  }
  const { sources, destinations } = plan;
  const print = (lines: readonly string[]) => {
    for (const line of lines) context.print(line);
  };
  print(
    table(
      [
        { title: "from", keepsEnds: true, cells: sources.map(({ from }) => from) },
        { title: "layout", cells: sources.map(({ layout }) => layout) },
        { title: "runs", align: "right", cells: sources.map(({ runs }) => countText(runs)) },
        { title: "points", align: "right", cells: sources.map(({ points }) => countText(points)) },
        { title: "files", align: "right", cells: sources.map(({ files }) => countText(files)) },
        { title: "bytes", align: "right", cells: sources.map(({ bytes }) => bytesText(bytes)) },
      ],
      context.width,
    ),
  );
  for (const { from, lost, guessedZone, twins, clashes } of sources) {
    if (guessedZone !== undefined) context.print(`  ${from}: times have no zone, read as ${guessedZone} (--timezone)`);
    for (const { count, kind, example } of lost) context.print(plainText(`  ${from}: ${count} × ${kind}: ${example}`));
    for (const { name, like } of clashes) {
      context.print(
        plainText(`  ${from}: ${name} has the id of ${like} and says something else: take it into another store`),
      );
    }
    const [first] = twins;
    if (first)
      context.print(
        plainText(`  ${from}: ${counted(twins.length, "run")} like another, e.g. ${first.name} is like ${first.like}`),
      );
  }
  context.print("");
  const counts = (grade: Grade) => destinations.map(({ differences }) => dash(countOf(differences, grade)));
  print(
    table(
      [
        { title: "to", keepsEnds: true, cells: destinations.map(({ to }) => to) },
        { title: "new", align: "right", cells: destinations.map((one) => dash(one.new)) },
        { title: "there", align: "right", cells: destinations.map(({ there }) => dash(there)) },
        {
          title: "requests",
          align: "right",
          optional: true,
          cells: destinations.map(({ requests = 0 }) => dash(requests)),
        },
        { title: "send", align: "right", optional: true, cells: destinations.map(({ bytes }) => bytesText(bytes)) },
        { title: "time", align: "right", optional: true, cells: destinations.map(timeOf) },
        { title: "converted", align: "right", cells: counts("converted") },
        { title: "left out", align: "right", cells: counts("left out") },
        { title: "lost", align: "right", cells: counts("lost") },
      ],
      context.width,
    ),
  );
  const places = destinations.map(({ to }) => to);
  for (const { to, differences, trouble } of destinations) {
    if (trouble !== undefined) context.print(plainText(`  ${to}: could not be asked: ${trouble}`));
    for (const difference of differences) context.print(differenceLine(difference, to, places));
  }
  context.note(`nothing was written; the store would take ${bytesText(plan.localBytes)}, files stay where they are`);
  const words = ["migrate", ...context.words, ...places.flatMap((place) => ["--to", place])];
  const options = ["dir", ...Object.keys({ ...sourceOptions, ...choiceOptions, ...tellingOptions, ...lossOption })];
  context.note(`go: ${commandLine(context, words, options)}`);
  const isTrial = textOption(context, "into") !== undefined || textOption(context, "limit") !== undefined;
  if (!isTrial) context.note(`try five first: ${commandLine(context, words, options)} --limit 5 --into scratch`);
}

function timeOf({ new: fresh, seconds }: PlannedDestination): string {
  return fresh === 0 || seconds === undefined ? "–" : `about ${secondsText(1000 * seconds)}`;
}
