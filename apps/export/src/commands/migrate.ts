import { type Json, stringifyJson } from "@runferry/core";
import { openStore, type Store } from "@runferry/local";
import { lossCode, lossOption } from "../accept-loss.ts";
import { beginMigration } from "../begun.ts";
import { choiceOptions } from "../choice-options.ts";
import { placeOptions } from "../chosen-places.ts";
import { sourceOptions } from "../chosen-sources.ts";
import type { Command, Context } from "../command.ts";
import { createdSince, whatIsThere, writeCreated } from "../created.ts";
import { longWork } from "../long-work.ts";
import { isWhole, lossesOf, type Migration, migrateRuns } from "../migrate-runs.ts";
import { writeReport } from "../migration-report.ts";
import { dash, secondsText } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { table } from "../output/table.ts";
import { takenTwice } from "../taken-twice.ts";
import { tellingOptions } from "../telling-options.ts";
import { type Chosen, withChosen } from "../with-chosen.ts";
import { tellUndelivered } from "./export.ts";
import { tellMismatches } from "./verify.ts";

export const migrateCommand: Command = {
  name: "migrate",
  summary: "take runs in, deliver them, and prove that they arrived",
  usage: "runferry migrate <folder or place>… --to <place>",
  examples: [
    ["runferry migrate ./experiments --to tensorboard:./tb", "what runferry plan showed; again: what is missing"],
    ["runferry migrate ./experiments ./tb --to mlflow:http://localhost:5000", "several sources"],
    [
      "runferry migrate ./experiments --to mlflow --limit 5 --into scratch",
      "five copies to look at, before the real thing",
    ],
  ],
  options: { ...placeOptions, ...sourceOptions, ...choiceOptions, ...tellingOptions, ...lossOption },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  moves: true,
  run: (context) => withChosen(context, (chosen) => move(chosen, context)),
};

function move({ folder, sources, destinations, telling }: Chosen, context: Context): Promise<number> {
  const store = openStore(folder);
  return longWork(context, async ({ signal, tell: onProgress, settle }) => {
    const before = await whatIsThere(store, destinations, signal, onProgress);
    const begun = beginMigration(store.reports, before, destinations, telling);
    const told = telling ? { telling } : {};
    const noted = sources.map((one) => ({ ...one, source: begun.noted(one.source) }));
    const migration = await migrateRuns({ sources: noted, destinations, store, ...told, signal, onProgress });
    settle();
    const report = writeReport(store.reports, migration, begun.name);
    const taken = migration.sources.flatMap(({ runs }) => runs.flatMap((one) => (store.has(one.run) ? one.run : [])));
    const created = await createdSince(before, store, [...new Set(taken)], destinations, telling);
    writeCreated(store.reports, report.name, created);
    begun.over();
    if (context.isJson) context.print(stringifyJson(migration as unknown as Json));
    else tell(migration, store, context);
    context.note(`took  ${secondsText(migration.endedAt - migration.startedAt)}`);
    context.note(
      `report  ${report.markdown}     old id → new URL  ${report.ids}     undo  runferry undo ${report.name}`,
    );
    return isWhole(migration, true) ? lossCode(context, lossesOf(migration)) : 1;
  });
}

function tell(migration: Migration, store: Store, context: Context): void {
  const { sources, delivered, verified } = migration;
  const twice = takenTwice(
    store,
    sources.flatMap(({ runs }) => runs),
  );
  if (twice !== undefined) context.note(twice);
  const places = Object.keys(delivered.differences);
  const at = (place: string) => delivered.runs.filter(({ destination }) => destination === place);
  const found = (place: string, equality: string) =>
    verified.filter((run) => run.destination === place && run.equality === equality).length;
  const columns = (count: (place: string) => number) => places.map((place) => dash(count(place)));
  const lines = table(
    [
      { title: "to", keepsEnds: true, cells: places },
      {
        title: "delivered",
        align: "right",
        cells: columns((place) => at(place).filter(({ state }) => state === "delivered").length),
      },
      {
        title: "refused",
        align: "right",
        cells: columns((place) => at(place).filter(({ parked }) => parked.length > 0).length),
      },
      { title: "equal", align: "right", cells: columns((place) => found(place, "equal")) },
      { title: "equal but converted", align: "right", cells: columns((place) => found(place, "converted")) },
      {
        title: "different",
        align: "right",
        cells: columns((place) => found(place, "different") + found(place, "missing")),
      },
    ],
    context.width,
  );
  for (const text of lines) context.print(text);
  const undelivered = delivered.runs.filter(({ state }) => state !== "delivered");
  if (undelivered.length === 0 && delivered.runs.every(({ sent }) => sent === 0)) {
    context.print("nothing was sent: everything was there, and was read back and compared again");
  }
  tellUndelivered(delivered, context);
  // What did not arrive is not found again either: that is said already.
  const unsent = new Set(undelivered.map(({ run, destination }) => `${run} ${destination}`));
  tellMismatches(
    verified.filter(({ run, destination }) => !unsent.has(`${run} ${destination}`)),
    context,
  );
  for (const { from, runs, guessedZone } of sources) {
    if (guessedZone !== undefined) context.note(`${from}: times have no zone, read as ${guessedZone} (--timezone)`);
    for (const { name, state, cause, lost } of runs) {
      if (state === "failed") context.print(plainText(`  ${name}  could not be taken in: ${cause}`));
      for (const { count, kind, example } of lost) {
        context.print(plainText(`  ${name}  ${count} × ${kind}: ${example ?? from}`));
      }
    }
  }
}
