import { getOrCreate, isSpelled, type Json } from "@runferry/core";
import type { Losses } from "../run/losses.ts";
import { type Columns, createColumns } from "../run/points.ts";
import { numberOf } from "../run/read-metrics.ts";
import type { Times } from "../run/times.ts";
import { matchesName, type RowsFrom } from "./mapping.ts";
import { type Row, rowsOf } from "./read-rows.ts";

const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number, also where it stands as a text in a cell. */
function cellNumber(value: Json | undefined): number | undefined {
  const number = numberOf(typeof value === "string" ? value.trim() : value);
  return number ?? (typeof value === "string" && numberText.test(value.trim()) ? Number(value) : undefined);
}

/** Adds the points of the rows of a file. */
export async function addRows(
  all: Map<string, Columns>,
  path: string,
  choice: RowsFrom,
  times: Times,
  losses: Losses,
): Promise<void> {
  const { step, time, name, value } = choice;
  const isMetric = createChooser(choice);
  const named = createNamed(choice);
  let number = 0;
  for await (const row of rowsOf({ path, choice, losses })) {
    named.see(row);
    const at = timeOf(row);
    const own = step === "#" ? number : stepOf(row);
    number++;
    if (name !== undefined && value !== undefined) {
      const metric = row.cells.get(name);
      if (typeof metric === "string" && metric !== "") {
        if (isMetric(metric)) add(metric, row.cells.get(value), own, at, row);
      } else losses.add(`the column ${JSON.stringify(name)} names no metric`, row.where);
      continue;
    }
    for (const [column, cell] of row.cells) if (isMetric(column)) add(column, cell, own, at, row);
  }
  named.tell(path, losses);

  function add(metric: string, cell: Json | undefined, own: number | undefined, at: number, { where }: Row): void {
    if (cell === undefined || cell === null || (typeof cell === "string" && choice.empty.includes(cell.trim()))) return;
    const found = cellNumber(cell);
    if (found === undefined) losses.add(`metric ${JSON.stringify(metric)} has a value that is no number`, where);
    else getOrCreate(all, metric, createColumns).add(own, at, found);
  }

  function stepOf({ cells, where }: Row): number | undefined {
    if (step === undefined) return undefined;
    const cell = cells.get(step);
    const found = cellNumber(cell);
    if (found === undefined && cell !== undefined && cell !== null && cell !== "")
      losses.add(`the column ${JSON.stringify(step)} has a step that is no number`, where);
    return found;
  }

  function timeOf({ cells, where }: Row): number {
    const told = time === undefined ? undefined : cells.get(time);
    if (told === undefined || told === null || told === "") return Number.NaN;
    const at = readTime(told, times);
    if (at === undefined) losses.add("a time cannot be read; the one before stands for it", where);
    return at ?? Number.NaN;
  }
}

/** Times as texts and as numbers, also as numbers in a text. */
export function readTime(value: Json, times: Times): number | undefined {
  const plain = isSpelled(value) ? Number(value.rawJSON) : value;
  if (typeof plain === "string" && numberText.test(plain.trim())) return times.read(Number(plain));
  return times.read(plain);
}

/** Whether a column is a metric. Asked for each cell, so the answers are kept. */
function createChooser({ step, time, name, value, values, except }: RowsFrom): (column: string) => boolean {
  const others = name === undefined || value === undefined ? [step, time] : [];
  const known = new Map<string, boolean>();
  return (column) => {
    const found = known.get(column);
    if (found !== undefined) return found;
    const answer = !others.includes(column) && matchesName(column, values) && !matchesName(column, except);
    known.set(column, answer);
    return answer;
  };
}

const mostColumns = 12;

/** The columns that a mapping names. One that is in no row of a file is a mistake in it, or a file that lacks it. */
function createNamed({ step, time, name, value, values }: RowsFrom) {
  const isLong = name !== undefined && value !== undefined;
  const wide = isLong ? [] : values.map((pattern) => ["values", pattern] as const);
  const all = [
    ["step", step === "#" ? undefined : step],
    ["time", time],
    ["name", name],
    ["value", value],
    ...wide,
  ] as const;
  let missing = all.flatMap(([key, pattern]) => (pattern === undefined || pattern === "*" ? [] : [{ key, pattern }]));
  const columns = new Set<string>();

  return {
    see({ cells }: Row): void {
      if (missing.length === 0) return;
      for (const column of cells.keys()) columns.add(column);
      missing = missing.filter(({ key, pattern }) =>
        key === "values" ? ![...cells.keys()].some((column) => matchesName(column, [pattern])) : !cells.has(pattern),
      );
    },
    tell(path: string, losses: Losses): void {
      if (columns.size === 0) return;
      const some = [...columns].slice(0, mostColumns).join(", ");
      const there = columns.size > mostColumns ? `${some} and ${columns.size - mostColumns} more` : some;
      for (const { key, pattern } of missing) {
        losses.add(`${key}: ${JSON.stringify(pattern)} is no column there; it has ${there}`, path);
      }
    },
  };
}
