import { pythonText, stringifyJson } from "@runferry/core";
import { durationText, type LoggedRun } from "@runferry/tracker";
import type { Command, Context } from "../command.ts";
import { mostOfReason } from "../output/difference-text.ts";
import { bytesText, counted, numberText, timeText } from "../output/formats.ts";
import { maskedParams, maskedTags, maskedTexts } from "../output/masked-run.ts";
import { plainLines, plainText, shortened } from "../output/plain-text.ts";
import { lostOf, runDetails } from "../output/run-json.ts";
import { sparkline } from "../output/sparkline.ts";
import { type Column, table } from "../output/table.ts";
import { fullName } from "../run-label.ts";

const mostRows = 200;
const sparkColumns = 20;

export const show: Command = {
  name: "show",
  summary: "everything about one run",
  usage: "runferry show <handle>",
  examples: [
    ["runferry show @last", "the newest run; @last~1 the one before"],
    ["runferry show ctr_model/run_014", "by experiment and name; a name alone, or the beginning of an id, works too"],
    ["runferry show run_014 --json | jq .metrics.loss.last", "for programs"],
  ],
  options: {},
  words: { least: 1, most: 1 },
  run(context) {
    const run = context.reader().getRun(context.words[0]!, { includeDeleted: true });
    if (context.isJson) context.print(stringifyJson(runDetails(run)));
    else printRun(run, context);
  },
};

function printRun(run: LoggedRun, context: Context): void {
  const { description, command, error } = maskedTexts(run);
  const view = run.view(); // held, so that every metric is read from one fold
  const facts: (readonly [string, string | undefined])[] = [
    ["run", `${fullName(run)}${run.isDeleted ? " (in the trash)" : ""}`],
    ["id", run.id],
    ["status", `${run.status}${view.ended?.exitCode === undefined ? "" : `, exit code ${view.ended.exitCode}`}`],
    ["started", timeText(run.startedAt)],
    ["took", durationText(run.durationMs)],
    ["about", description],
    ["group", run.group],
    ["parent", run.parent],
    ["by", [run.user, run.host].filter(Boolean).join(" on ") || undefined],
    ["command", command?.join(" ")],
    ["git", run.git && gitText(run.git)],
    ["folder", run.dir],
  ];
  const told = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined && fact[1] !== "");
  printTable(context, [
    { title: "", cells: told.map(([what]) => what) },
    { title: "", cells: told.map(([, is]) => is) },
  ]);
  const params = Object.entries(maskedParams(run)).map(([name, value]) => [name, pythonText(value)] as const);
  printPairs(context, "params", params);
  printPairs(context, "tags", Object.entries(maskedTags(run)));
  printMetrics(context, run);
  const files = run.artifacts.slice(0, mostRows);
  section(context, "artifacts", run.artifacts.length, [
    { title: "", cells: files.map((file) => file.name) },
    { title: "", align: "right", cells: files.map((file) => bytesText(file.bytes)) },
    { title: "", cells: files.map((file) => (file.path === undefined ? "missing" : "")) },
  ]);
  if (error) {
    context.print("");
    for (const line of plainLines(`${error.type}: ${error.message}`)) context.print(line);
    for (const line of plainLines(error.trace ?? "")) if (line !== "") context.print(`  ${line}`);
  }
  for (const { kind, count, example } of lostOf(run)) {
    const such = example ? ` (${shortened(example, mostOfReason)})` : "";
    context.print(`\n${plainText(`${counted(count, "event")} lost: ${shortened(kind, mostOfReason)}${such}`)}`);
  }
}

function printMetrics(context: Context, run: LoggedRun): void {
  const metrics = Object.values(run.metrics);
  const shown = metrics.slice(0, mostRows);
  const numbers = (of: "last" | "min" | "max") => shown.map((metric) => numberText(metric[of]));
  const course = shown.map((metric) =>
    metric.count < 2
      ? ""
      : sparkline(
          metric.series().map((point) => point.value),
          sparkColumns,
        ),
  );
  section(context, "metrics", metrics.length, [
    { title: "", cells: shown.map((metric) => metric.name) },
    { title: "last", align: "right", cells: numbers("last") },
    { title: "min", align: "right", optional: true, cells: numbers("min") },
    { title: "max", align: "right", optional: true, cells: numbers("max") },
    { title: "points", align: "right", cells: shown.map((metric) => String(metric.count)) },
    { title: "", optional: true, cells: course },
  ]);
}

function printPairs(context: Context, title: string, pairs: readonly (readonly [string, string])[]): void {
  const shown = pairs.slice(0, mostRows);
  section(context, title, pairs.length, [
    { title: "", cells: shown.map(([name]) => name) },
    { title: "", cells: shown.map(([, value]) => value) },
  ]);
}

function section(context: Context, title: string, count: number, columns: readonly Column[]): void {
  if (count === 0) return;
  context.print("");
  const [first, ...others] = columns;
  printTable(context, [{ ...first!, title }, ...others]);
  if (count > mostRows) context.note(`${count - mostRows} more ${title}: --json`);
}

function printTable(context: Context, columns: readonly Column[]): void {
  for (const line of table(columns, context.width)) if (line !== "") context.print(line);
}

function gitText(git: NonNullable<LoggedRun["git"]>): string {
  const branch = git.branch === undefined ? "" : ` on ${git.branch}`;
  return `${git.commit}${branch}${git.dirty ? ", with changes" : ""}`;
}
