import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countOf, describeMismatch, type Json } from "@runferry/core";
import { csvLines } from "./csv.ts";
import type { Migration } from "./migrate-runs.ts";
import { secondsText } from "./output/formats.ts";
import { writeJson } from "./write-json.ts";
import { writePieces } from "./write-pieces.ts";

/** Where a report of a migration lies: for people, for machines, and which run went where. */
export interface WrittenReport {
  readonly name: string;
  readonly markdown: string;
  readonly json: string;
  readonly ids: string;
}

/** Writes what became of a migration into the folder. */
export function writeReport(
  folder: string,
  migration: Migration,
  name: string = freeName(folder, migration.startedAt),
): WrittenReport {
  mkdirSync(folder, { recursive: true });
  const paths = { markdown: `${name}.md`, json: `${name}.json`, ids: `${name}-ids.csv` };
  writeFileSync(join(folder, paths.markdown), markdownOf(migration));
  writeJson(join(folder, paths.json), migration as unknown as Json);
  writePieces(join(folder, paths.ids), csvLines(idsOf(migration)));
  return {
    name,
    markdown: join(folder, paths.markdown),
    json: join(folder, paths.json),
    ids: join(folder, paths.ids),
  };
}

/** Of the time it began; two may begin in the same second. */
export function freeName(folder: string, startedAt: number): string {
  const time = new Date(startedAt).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  for (let n = 1; ; n++) {
    const name = n === 1 ? time : `${time}-${n}`;
    if (![".md", "-begun.ndjson"].some((ending) => existsSync(join(folder, name + ending)))) return name;
  }
}

function markdownOf({ startedAt, endedAt, sources, delivered, verified }: Migration): string {
  const took = `It took ${secondsText(endedAt - startedAt)}.`;
  const lines = [`# Migration of ${new Date(startedAt).toISOString()}`, "", took, "", "## Read", ""];
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
    const trouble = delivered.troubles[place];
    if (trouble) lines.push(`- not tried: ${text(trouble.message)} (${text(trouble.hint)})`);
    for (const { name, state, cause, parked } of there) {
      if (state !== "delivered")
        lines.push(`- ${text(name)}: ${state}${cause === undefined ? "" : `, ${text(cause)}`}`);
      for (const { seq, kind, reason } of parked) lines.push(`  - event ${seq} (${kind}): ${text(reason)}`);
    }
    for (const { name, equality, mismatches } of found) {
      if (equality === "missing") lines.push(`- ${text(name)}: is not there`);
      for (const mismatch of mismatches) lines.push(`- ${text(name)}: ${text(describeMismatch(mismatch))}`);
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

/** From the old id of every run to where it is now; one that could not be taken in is nowhere. */
function* idsOf({ sources, delivered }: Migration): IterableIterator<readonly string[]> {
  const taken = sources.flatMap(({ runs }) => runs);
  const oldIds = new Map(taken.map(({ run, oldId }) => [run, oldId ?? run]));
  const failed = taken.filter(({ state }) => state === "failed");
  yield ["old_id", "name", "run_id", "destination", "remote_id", "url", "state"];
  for (const { run, name, destination, remote, state } of delivered.runs) {
    yield [oldIds.get(run) ?? run, name, run, destination, remote?.id ?? "", remote?.url ?? "", state];
  }
  for (const { run, name, state } of failed) yield [oldIds.get(run) ?? run, name, run, "", "", "", state];
}
