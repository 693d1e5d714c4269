import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countOf, type Json, stringifyJson } from "@runferry/core";
import { csvOf } from "./csv.ts";
import type { Migration } from "./migrate-runs.ts";

/** Where a report of a migration lies: for people, for machines, and which run went where. */
export interface WrittenReport {
  readonly name: string;
  readonly markdown: string;
  readonly json: string;
  readonly ids: string;
}

/** Writes what became of a migration into the folder. */
export function writeReport(folder: string, migration: Migration): WrittenReport {
  mkdirSync(folder, { recursive: true });
  const name = new Date(migration.startedAt).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const paths = { markdown: `${name}.md`, json: `${name}.json`, ids: `${name}-ids.csv` };
  writeFileSync(join(folder, paths.markdown), markdownOf(migration));
  writeFileSync(join(folder, paths.json), `${stringifyJson(migration as unknown as Json, 2)}\n`);
  writeFileSync(join(folder, paths.ids), idsOf(migration));
  return {
    name,
    markdown: join(folder, paths.markdown),
    json: join(folder, paths.json),
    ids: join(folder, paths.ids),
  };
}

function markdownOf({ startedAt, sources, delivered, verified }: Migration): string {
  const lines = [`# Migration of ${new Date(startedAt).toISOString()}`, "", "## Read", ""];
  lines.push("| from | layout | new | grown | same | failed |", "| --- | --- | --- | --- | --- | --- |");
  for (const { from, layout, runs } of sources) {
    const count = (state: string) => runs.filter((run) => run.state === state).length;
    lines.push(row(from, layout, count("new"), count("grown"), count("same"), count("failed")));
  }
  lines.push("");
  for (const { from, runs, guessedZone } of sources) {
    if (guessedZone !== undefined) lines.push(`- ${text(from)}: times have no zone, read as ${guessedZone}`);
    for (const { name, state, cause, lost } of runs) {
      if (state === "failed") lines.push(`- ${text(name)} could not be taken in: ${text(cause ?? "")}`);
      for (const { count, kind, example } of lost) {
        lines.push(`- ${text(name)}: ${count} × ${text(kind)}: ${text(example ?? "")}`);
      }
    }
  }
  for (const [place, differences] of Object.entries(delivered.differences)) {
    const there = delivered.runs.filter(({ destination }) => destination === place);
    const found = verified.filter(({ destination }) => destination === place);
    const count = (equality: string) => found.filter((run) => run.equality === equality).length;
    lines.push("", `## ${text(place)}`, "", "| runs | delivered | equal | equal but converted | different | missing |");
    lines.push("| --- | --- | --- | --- | --- | --- |");
    const whole = there.filter(({ state }) => state === "delivered").length;
    lines.push(row(there.length, whole, count("equal"), count("converted"), count("different"), count("missing")), "");
    for (const grade of ["converted", "left out", "lost"] as const) {
      if (countOf(differences, grade) === 0) continue;
      for (const one of differences.filter((difference) => difference.grade === grade)) {
        lines.push(
          `- ${one.count} ${grade}: ${text(one.kind)}${one.example === undefined ? "" : `, e.g. ${text(one.example)}`}`,
        );
      }
    }
    for (const { name, state, cause, parked } of there) {
      if (state !== "delivered")
        lines.push(`- ${text(name)}: ${state}${cause === undefined ? "" : `, ${text(cause)}`}`);
      for (const { seq, kind, reason } of parked) lines.push(`  - event ${seq} (${kind}): ${text(reason)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => text(String(cell))).join(" | ")} |`;
}

/** Names are whatever somebody typed: here they are text and nothing else. */
function text(value: string): string {
  return value.replace(/[\\`*_{}[\]<>|#]/g, "\\$&").replace(/\p{Cc}/gu, " ");
}

function idsOf({ delivered }: Migration): string {
  const rows = delivered.runs.map(({ run, name, destination, remote }) => [
    run,
    name,
    destination,
    remote?.id ?? "",
    remote?.url ?? "",
  ]);
  return csvOf([["run", "name", "destination", "id", "url"], ...rows]);
}
