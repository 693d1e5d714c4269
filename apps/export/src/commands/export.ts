import { countOf, type Difference, type Grade, type Json, stringifyJson } from "@runferry/core";
import { lossCode, lossOption } from "../accept-loss.ts";
import { choiceOptions } from "../choice-options.ts";
import { chosenPlaces, closePlaces, placeOptions } from "../chosen-places.ts";
import { chosenRuns } from "../chosen-runs.ts";
import { type Command, type Context, commandLine, usageError } from "../command.ts";
import { type ExportReport, exportRuns } from "../export-runs.ts";
import { longWork } from "../long-work.ts";
import { differenceText } from "../output/difference-text.ts";
import { counted, dash } from "../output/formats.ts";
import { plainText, shortened } from "../output/plain-text.ts";
import { table } from "../output/table.ts";
import { tellingOf, tellingOptions } from "../telling-options.ts";
import { repair } from "./repair.ts";

/** Servers may answer with pages; --json has all of it. */
const mostOfCause = 400;

export const exportCommand: Command = {
  name: "export",
  summary: "deliver runs to a place",
  usage: "runferry export [experiment or handle…] --to <place>",
  examples: [
    ["runferry export --to tensorboard:./tb", "all runs; again: only what is new"],
    ["runferry export ctr_model --to mlflow:http://localhost:5000 --filter 'metrics.val_loss < 0.3'", "some runs"],
    ["runferry export --to mlflow", "to the server that MLFLOW_TRACKING_URI names"],
    ["runferry export --repair --to mlflow", "and what runferry verify has found missing or different there"],
    ["runferry export run_014 --to local:/mnt/archive/runferry", "one run, to another store"],
    [
      "runferry export ctr_model --to mlflow --limit 5 --into scratch",
      "five copies to look at; the real export is not touched",
    ],
    [
      "runferry export 'ctr_*' --to mlflow --top 20 --by val_auc:max --artifacts '!*.ckpt'",
      "the best, without checkpoints",
    ],
    ["runferry export --to wandb:team/ctr --tag from=archive --map-experiment '*=old/*'", "marked, under other names"],
  ],
  options: {
    ...placeOptions,
    ...choiceOptions,
    ...tellingOptions,
    as: { type: "string", value: "id", help: "at W&B, for a run that was deleted there: the id that it gets" },
    ...lossOption,
    repair: { type: "boolean", help: "then read everything back, and bring what is missing or was changed there" },
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  moves: true,
  async run(context) {
    const reader = context.reader();
    const { store } = reader;
    const telling = tellingOf(context);
    const destinations = await chosenPlaces(context, store.folder);
    try {
      const runs = chosenRuns(context, reader);
      const { as, repair: repairs } = context.options;
      if (as !== undefined && (runs.length !== 1 || destinations.length !== 1)) {
        throw usageError(
          "--as is for one run and one place",
          "name both: runferry export <run> --to <place> --as <id>",
        );
      }
      return await longWork(context, async (work) => {
        const { signal, tell: onProgress, settle } = work;
        const report = await exportRuns({
          store,
          runs,
          destinations,
          ...(telling ? { telling } : {}),
          ...(typeof as === "string" ? { as } : {}),
          asBefore: repairs === true,
          signal,
          onProgress,
        });
        settle();
        if (!context.isJson || repairs !== true) tell(report, context);
        if (report.runs.every((run) => run.state === "not tried")) return 3;
        if (repairs === true && !signal.aborted) {
          await closePlaces(destinations);
          if ((await repair(context, runs, work)) !== 0) return 1;
        } else if (!report.runs.every((run) => run.state === "delivered")) {
          return 1;
        }
        return lossCode(context, Object.values(report.differences).flat());
      });
    } finally {
      await closePlaces(destinations);
    }
  },
};

function tell({ runs, differences, troubles }: ExportReport, context: Context): void {
  if (context.isJson) {
    context.print(stringifyJson(JSON.parse(JSON.stringify({ runs, differences, troubles })) as Json));
    return;
  }
  const places = Object.keys(differences);
  const there = (place: string, state: string) =>
    runs.filter((run) => run.destination === place && (run.state === "delivered") === (state === "delivered")).length;
  const counts = (grade: Grade) => places.map((place) => dash(countOf(differences[place] ?? [], grade)));
  const lines = table(
    [
      { title: "to", keepsEnds: true, cells: places },
      { title: "delivered", align: "right", cells: places.map((place) => dash(there(place, "delivered"))) },
      { title: "not", align: "right", cells: places.map((place) => dash(there(place, "not"))) },
      { title: "converted", align: "right", cells: counts("converted") },
      { title: "left out", align: "right", cells: counts("left out") },
      { title: "lost", align: "right", cells: counts("lost") },
    ],
    context.width,
  );
  for (const row of lines) context.print(row);
  for (const place of places) {
    for (const difference of differences[place] ?? []) context.print(differenceLine(difference, place, places));
  }
  tellUndelivered({ runs, troubles }, context);
  const proven = places.filter((place) => runs.some((run) => run.destination === place && run.state === "delivered"));
  if (proven.length === 0) return;
  const to = proven.flatMap((place) => ["--to", place]);
  const options = [...Object.keys({ ...choiceOptions, ...tellingOptions }), "dir"];
  context.note(`proof: ${commandLine(context, ["verify", ...context.words, ...to], options)}`);
}

/** What did not arrive, and why. */
export function tellUndelivered({ runs, troubles }: Pick<ExportReport, "runs" | "troubles">, context: Context): void {
  for (const run of runs.filter(({ state }) => state !== "delivered" && state !== "not tried")) {
    const cause = run.cause ? `, ${shortened(run.cause, mostOfCause)}` : "";
    context.print(plainText(`${run.name}  ${run.destination}: ${run.state}${cause}`));
    for (const { kind, seq, reason } of run.parked.slice(0, 5)) {
      context.print(plainText(`  event ${seq} (${kind}): ${shortened(reason, mostOfCause)}`));
    }
  }
  if (runs.some(({ state, parked }) => state === "gone" || parked.length > 0)) {
    context.note("refused, or deleted there for good? it is sent anew after: runferry forget <run> --to <place>");
  }
  for (const [place, trouble] of Object.entries(troubles)) {
    const untried = runs.filter((run) => run.destination === place && run.state === "not tried").length;
    context.complain(`${place}: ${counted(untried, "run")} not tried: ${trouble.explain()}`);
  }
}

/** With several places, each line names its own. */
export function differenceLine(difference: Difference, place: string, places: readonly string[]): string {
  return plainText(`  ${places.length > 1 ? `${place}: ` : ""}${differenceText(difference)}`);
}
