import { type Json, maskText, pythonText, RunferryError, type RunStatus } from "@runferry/core";
import { durationText, type ExperimentSummary, type LoggedRun, suggestion } from "@runferry/tracker";
import { checkOrder } from "../check-order.ts";
import { filterOption } from "../choice-options.ts";
import { type Command, type Context, countOption, textOption } from "../command.ts";
import { counted, numberText, timeText } from "../output/formats.ts";
import { maskedParams } from "../output/masked-run.ts";
import { listJson, runJson } from "../output/run-json.ts";
import { type Column, table } from "../output/table.ts";
import { fullName } from "../run-label.ts";

const shownByDefault = 50;
const mostColumns = 12;

export const ls: Command = {
  name: "ls",
  summary: "list runs",
  usage: "runferry ls [experiment] [options]",
  examples: [
    ["runferry ls", "the newest runs"],
    ["runferry ls ctr_model --sort 'metrics.val_auc desc' --limit 5", "the five best"],
    ["runferry ls --filter \"metrics.val_loss < 0.3 and params.lr = '1e-05'\"", "those that pass a filter"],
    ["runferry ls --experiments", "the experiments, and how many runs of each have finished"],
    ["runferry ls --json | jq -r '.[].id'", "for programs"],
  ],
  options: {
    filter: { type: "string", value: "text", help: "MLflow's grammar; or, not and brackets work too" },
    where: { type: "string", value: "text", help: "the same as --filter" },
    sort: { type: "string", value: "field", help: "e.g. 'metrics.val_auc desc, start_time'; default: newest first" },
    status: { type: "string", value: "words", help: "running, finished, failed, killed; several with commas" },
    limit: { type: "string", value: "n", help: `how many; default ${shownByDefault}, with --json all` },
    deleted: { type: "boolean", help: "with the runs in the trash" },
    experiments: { type: "boolean", help: "the experiments instead, with counts of their runs" },
  },
  words: { least: 0, most: 1 },
  run(context) {
    const reader = context.reader();
    const [experiment] = context.words;
    if (experiment !== undefined) checkExperiment(experiment, reader.experiments());
    if (context.options.experiments === true) {
      const chosen = reader.experiments().filter(({ name }) => experiment === undefined || name === experiment);
      if (context.isJson) return context.print(listJson(chosen.map(experimentJson)));
      if (chosen.length === 0) return context.note("no experiments");
      return printExperiments(chosen, context);
    }
    const [filter, orderBy] = [filterOption(context), textOption(context, "sort")];
    const status = textOption(context, "status")?.split(",");
    const runs = reader.runs({
      ...(experiment === undefined ? {} : { experiment }),
      ...(filter === undefined ? {} : { filter }),
      ...(orderBy === undefined ? {} : { orderBy }),
      ...(status === undefined ? {} : { status }),
      includeDeleted: context.options.deleted === true,
    });
    checkOrder(orderBy, runs);
    const limit = countOption(context, "limit") ?? (context.isJson ? runs.length : shownByDefault);
    const shown = runs.slice(0, limit);
    if (context.isJson) return context.print(listJson(shown.map(runJson)));
    if (runs.length === 0) return context.note(`no runs in ${reader.store.folder}${filter ? " pass the filter" : ""}`);
    printTable(shown, experiment, context);
    if (shown.length < runs.length) context.note(`${counted(runs.length - shown.length, "more run")}: --limit`);
  },
};

function experimentJson({ name, description, runs, byStatus, lastActivity }: ExperimentSummary): Json {
  return { name, description: described(description), runs, byStatus, lastActivity: lastActivity ?? null };
}

/** What people wrote, without secrets. */
function described(description: string | undefined): string {
  return maskText(description ?? "");
}

function printExperiments(all: readonly ExperimentSummary[], context: Context): void {
  const count = (status: RunStatus): Column => ({
    title: status,
    align: "right",
    cells: all.map(({ byStatus }) => String(byStatus[status])),
  });
  const columns: Column[] = [
    { title: "experiment", cells: all.map(({ name }) => name) },
    { title: "runs", align: "right", cells: all.map(({ runs }) => String(runs)) },
    ...(["finished", "failed", "killed", "running"] as const).map(count),
    { title: "last active", cells: all.map(({ lastActivity: at }) => (at === undefined ? "–" : timeText(at))) },
    { title: "description", cells: all.map(({ description }) => described(description)), optional: true },
  ];
  const shown = columns.filter(({ cells }) => cells.some((cell) => cell !== ""));
  for (const line of table(shown, context.width)) context.print(line);
}

function printTable(runs: readonly LoggedRun[], experiment: string | undefined, context: Context): void {
  const fixed: Column[] = [
    {
      title: "run",
      keepsEnds: true,
      cells: runs.map((run) => (experiment === undefined ? fullName(run) : run.name)),
    },
    { title: "status", cells: runs.map((run) => (run.isDeleted ? "deleted" : run.status)) },
    { title: "started", cells: runs.map((run) => timeText(run.startedAt)), optional: true },
    { title: "took", align: "right", cells: runs.map((run) => durationText(run.durationMs)), optional: true },
  ];
  for (const line of table([...fixed, ...metricColumns(runs), ...paramColumns(runs)], context.width)) {
    context.print(line);
  }
}

function metricColumns(runs: readonly LoggedRun[]): readonly Column[] {
  return frequent(runs.map((run) => Object.keys(run.metrics))).map((name) => ({
    title: name,
    align: "right",
    optional: true,
    cells: runs.map(({ metrics }) => (name in metrics ? numberText(metrics[name]!.last) : "–")),
  }));
}

/** Only those that tell the runs apart. */
function paramColumns(runs: readonly LoggedRun[]): readonly Column[] {
  const params = runs.map(maskedParams);
  return frequent(params.map(Object.keys)).flatMap((name) => {
    const cells = params.map((one) => (Object.hasOwn(one, name) ? pythonText(one[name]!) : "–"));
    return runs.length > 1 && new Set(cells).size === 1 ? [] : [{ title: name, optional: true, cells }];
  });
}

/** The names that most runs have, in the order in which they first came. */
function frequent(lists: readonly (readonly string[])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const names of lists) for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, mostColumns);
  return most.map(([name]) => name);
}

function checkExperiment(name: string, experiments: readonly { readonly name: string }[]): void {
  const names = experiments.map((one) => one.name);
  if (names.includes(name)) return;
  throw new RunferryError("not_found", `there is no experiment ${JSON.stringify(name)}`, {
    hint: suggestion(name, names) || `there are: ${names.slice(0, 10).join(", ") || "none"}`,
    data: "nothing was changed",
  });
}
