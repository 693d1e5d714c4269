import { createInterface } from "node:readline/promises";
import { type Json, stringifyJson } from "@runferry/core";
import { openStore, type Store } from "@runferry/local";
import { createdBeforeItsEnd, migrationsIn } from "../begun.ts";
import { type Command, type Context, usageError } from "../command.ts";
import { readCreated } from "../created.ts";
import { type LongWork, longWork } from "../long-work.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { fullName } from "../run-label.ts";
import { type OpenedUndo, openUndo, type Undoing } from "../undo-migration.ts";

const mostTold = 20;

export const undo: Command = {
  name: "undo",
  summary: "take back what one migration made, and nothing else",
  usage: "runferry undo [report] [--yes]",
  examples: [
    ["runferry undo 20251121-024501", "the name of its report; says what would go, and asks"],
    ["runferry undo 20251121-024501 --yes", "without asking"],
    ["runferry undo", "which migrations there were, also those that were killed"],
  ],
  options: { yes: { type: "boolean", help: "do not ask" } },
  words: { least: 0, most: 1 },
  async run(context) {
    const store = openStore(context.storeFolder(), { create: false });
    const report = context.words[0]?.replace(/\.(md|json)$/, "");
    if (report === undefined) return list(store, context);
    const created = (await createdBeforeItsEnd(store, report)) ?? readCreated(store.reports, report);
    const places: OpenedUndo[] = [];
    const look = async ({ signal, tell: onProgress }: LongWork) => {
      places.push(await openUndo(store, created, { signal, onProgress }));
      return 0;
    };
    const code = await longWork(context, look, "interrupted: nothing was changed");
    const [opened] = places;
    if (opened === undefined) return code;
    try {
      return await undoAll(opened, context);
    } finally {
      await opened.close();
    }
  },
};

async function undoAll(opened: OpenedUndo, context: Context): Promise<number> {
  const going = opened.undoings.filter(({ what }) => what === "remove").length;
  const nameOf = namesIn(context);
  if (!context.isJson) tell(opened, nameOf, context);
  if (going > 0 && !(await isWanted(context))) {
    context.note("nothing was changed");
    return 1;
  }
  return longWork(context, async ({ signal, tell: onProgress, settle }) => {
    const done = await opened.carryOut({ signal, onProgress });
    settle();
    if (context.isJson) context.print(stringifyJson(done as unknown as Json));
    else for (const one of done) if (one.what === "keep" && !isTold(one, opened)) context.print(keptText(one, nameOf));
    const kept = done.filter(({ what }) => what === "keep").length;
    const removed = done.filter(({ what }) => what === "remove").length;
    const taken = removed === 0 ? "nothing was taken away" : `${counted(removed, "copy", "copies")} taken away`;
    context.note(`${taken}${kept === 0 ? "" : `, ${kept} kept`}; the sources were never touched`);
    return kept === 0 ? 0 : 1;
  });
}

function list(store: Store, context: Context): number {
  const migrations = migrationsIn(store.reports);
  if (context.isJson) context.print(stringifyJson(migrations as unknown as Json));
  else for (const { name, isOver } of migrations) context.print(isOver ? name : `${name}  came to no end`);
  context.note(migrations.length === 0 ? "there is nothing to undo" : "say which: runferry undo <report>");
  return 0;
}

type NameOf = (run: string) => string;

/** What people call the runs; of one that is not in the store its id. */
function namesIn(context: Context): NameOf {
  const names = new Map<string, string>();
  for (const run of context.reader().eachRun()) names.set(run.id, fullName(run));
  return (run) => names.get(run) ?? run;
}

function tell({ undoings, ways }: OpenedUndo, nameOf: NameOf, { print }: Context): void {
  for (const [where, all] of Map.groupBy(undoings, (one) => one.where)) {
    const of = (what: Undoing["what"]) => all.filter((one) => one.what === what);
    const [going, gone, kept] = [of("remove").length, of("gone").length, of("keep")];
    const way = where === "store" ? "to its trash" : (ways.get(where) ?? "");
    const parts = [
      ...(going > 0 ? [`${counted(going, "run")} ${way}`] : []),
      ...(gone > 0 ? [`${gone} not there`] : []),
      ...(kept.length > 0 ? [`${kept.length} kept`] : []),
    ];
    print(plainText(`${where}: ${parts.join(", ")}`));
    for (const one of kept.slice(0, mostTold)) print(keptText(one, nameOf));
    if (kept.length > mostTold) print(`  and ${kept.length - mostTold} more: --json`);
  }
}

function keptText({ run, where, cause }: Undoing, nameOf: NameOf): string {
  return plainText(`  ${nameOf(run)} stays ${where === "store" ? "in the store" : `at ${where}`}: ${cause}`);
}

/** What could not be done after all is told after it. */
function isTold({ run, where }: Undoing, { undoings }: OpenedUndo): boolean {
  return undoings.some((one) => one.run === run && one.where === where && one.what === "keep");
}

async function isWanted(context: Context): Promise<boolean> {
  if (context.options.yes === true) return true;
  if (!process.stdin.isTTY) throw usageError("nobody can be asked here", "look at what would go, then add --yes");
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question("take them away? (yes/no) ")).trim());
  } finally {
    asking.close();
  }
}
