import { type Json, pythonText } from "@runferry/core";
import { choiceOptions, rankingOf } from "../choice-options.ts";
import { readChosen } from "../chosen-runs.ts";
import { type Command, type Context, countOption, usageError } from "../command.ts";
import { type CompareOptions, type Comparison, cellText, compareRuns } from "../compare-runs.ts";
import { csvLines } from "../csv.ts";
import { printBestRun } from "../output/best-run.ts";
import { numberText } from "../output/formats.ts";
import { listJson, runJson } from "../output/run-json.ts";
import { table } from "../output/table.ts";
import { fullName } from "../run-label.ts";

export const compareCommand: Command = {
  name: "compare",
  summary: "runs side by side, the best first",
  usage: "runferry compare [experiment or handle…] [--by metric:max]",
  examples: [
    ["runferry compare ctr_model --by test_auc:max", "all runs of an experiment, and the best one"],
    ["runferry compare run_003 run_005", "two runs; what does not differ is hidden"],
    ["runferry compare ctr_model --by loss:min --top 20 --csv > runs.csv", "for a spreadsheet"],
  ],
  options: {
    ...choiceOptions,
    by: { type: "string", value: "metric:max", help: "sorts by the last value; :min or :max" },
    top: { type: "string", value: "n", help: "only the first ones" },
    all: { type: "boolean", help: "also columns in which the runs do not differ" },
    csv: { type: "boolean", help: "comma-separated values on stdout" },
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  run(context) {
    const runs = readChosen(context, context.reader());
    const by = rankingOf(context);
    const top = countOption(context, "top");
    const isWhole = context.options.all === true || context.options.csv === true;
    const options: CompareOptions = { ...(by ? { by } : {}), ...(top === undefined ? {} : { top }), all: isWhole };
    if (by && !runs.some((run) => by.metric in run.metrics)) {
      throw usageError(
        `no run that is chosen has a metric ${JSON.stringify(by.metric)}`,
        "see the names with runferry ls",
      );
    }
    const comparison = compareRuns(runs, options);
    if (context.isJson) return context.print(listJson(comparison.rows.map(({ run }) => runJson(run))));
    if (context.options.csv === true) return context.print([...csvLines(csvRows(comparison))].join("").trimEnd());
    printTable(comparison, by, context);
    if (!comparison.best || !by) return;
    context.print("");
    printBestRun(context, comparison.best, by.metric);
  },
};

function csvRows({ columns, rows }: Comparison): readonly (readonly string[])[] {
  const head = ["run", "id", "experiment", "status", ...columns.map(({ kind, name }) => `${kind}s.${name}`)];
  return [
    head,
    ...rows.map(({ run, values }) => [run.name, run.id, run.experiment, run.status, ...values.map(cellText)]),
  ];
}

function printTable({ columns, rows, best }: Comparison, by: CompareOptions["by"], context: Context): void {
  const experiments = new Set(rows.map(({ run }) => run.experiment));
  const nameOf = (run: Comparison["rows"][number]["run"]) => (experiments.size > 1 ? fullName(run) : run.name);
  const shown = columns.map(({ kind, name }, i) => {
    const isSorting = kind === "metric" && name === by?.metric;
    return {
      title: isSorting ? `${name} ${by?.mode === "max" ? "▼" : "▲"}` : name,
      optional: !isSorting,
      ...(kind === "metric" ? ({ align: "right" } as const) : {}),
      cells: rows.map(({ values }) => shownText(values[i])),
    };
  });
  const lines = table(
    [
      { title: "run", keepsEnds: true, cells: rows.map(({ run }) => nameOf(run)) },
      { title: "status", cells: rows.map(({ run }) => run.status) },
      ...shown,
      ...(best ? [{ title: "", cells: rows.map(({ run }) => (run === best ? "best" : "")) }] : []),
    ],
    context.width,
  );
  for (const line of lines) context.print(line);
}

function shownText(value: Json | undefined): string {
  if (value === undefined) return "–";
  return typeof value === "number" ? numberText(value) : pythonText(value);
}
