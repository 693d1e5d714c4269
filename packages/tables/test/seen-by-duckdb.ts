import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createBefore, createEventKeeper, createFold, getOrCreate, type RunView } from "@runferry/core";
import { keepRules } from "../src/keep-rules.ts";
import { createEventReader } from "../src/read-events.ts";
import { type Cell, constantColumns, type TableName, tables } from "../src/tables.ts";

/** A row as DuckDB has it, with the values of its partitions. */
export interface SeenRow {
  readonly table: string;
  readonly row: { readonly [column: string]: Cell };
}

const numberNames: { readonly [name: string]: number } = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
};

/** Every row of the tables with events, as DuckDB reads them, floating-point numbers with all their bits. */
export async function rowsInDuckdb(python: string, dir: string, kind: string): Promise<readonly SeenRow[]> {
  const columnsOf = (own: (typeof tables)[TableName]) =>
    Object.fromEntries([...constantColumns, ...own].map(({ name, type }) => [name, type]));
  const wanted = Object.fromEntries(Object.entries(tables).map(([name, own]) => [name, columnsOf(own)]));
  const words = [join(import.meta.dirname, "seen-by-duckdb.py"), dir, kind, JSON.stringify(wanted)];
  const child = spawn(python, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said += String(piece);
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const rows: SeenRow[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { table, row } = JSON.parse(line) as SeenRow;
    const doubles = tables[table as TableName].filter(({ type }) => type === "double");
    const floats = doubles.map(({ name }) => [name, floatOf(row[name] as string | null)] as const);
    rows.push({ table, row: { ...row, ...Object.fromEntries(floats) } });
  }
  if ((await ended) !== 0) throw new Error(`seen-by-duckdb.py failed:\n${said}`);
  return rows;
}

function floatOf(text: string | null): number | null {
  return text === null ? null : (numberNames[text] ?? Number(text));
}

/** The runs that these rows tell, by id. */
export function viewsOfRows(rows: readonly SeenRow[]): ReadonlyMap<string, RunView> {
  const pieces = new Map<string, SeenRow[]>();
  for (const one of rows) getOrCreate(pieces, `${one.row.run_id}\n${one.row.stream}\n${one.table}`, () => []).push(one);
  const folds = new Map<string, ReturnType<typeof createFold>>();
  const streams = new Map<string, { run: string; stream: string; events: ReturnType<typeof eventsOf>[number][] }>();
  for (const [key, own] of pieces) {
    const [run, stream, table] = key.split("\n") as [string, string, TableName];
    const { events } = getOrCreate(streams, `${run}\n${stream}`, () => ({ run, stream, events: [] }));
    events.push(...eventsOf(table, own));
  }
  for (const { run, stream, events } of streams.values()) {
    const folding = getOrCreate(folds, run, () => createFold(run));
    const keeper = createEventKeeper(keepRules, createBefore(stream).before);
    for (const event of events.sort((a, b) => a.seq - b.seq))
      for (const kept of keeper.keep(event)) folding.add(stream, kept);
  }
  return new Map([...folds].map(([run, folding]) => [run, folding.view()]));
}

function eventsOf(table: TableName, rows: readonly SeenRow[]) {
  const reader = createEventReader(table, () => true);
  const sorted = [...rows].sort((a, b) => Number(a.row.seq) - Number(b.row.seq));
  const columns = Object.fromEntries(
    tables[table].map(({ name }) => [name, sorted.map(({ row }) => row[name] ?? null)]),
  );
  return [...reader.push({ columns, length: sorted.length, where: `DuckDB, ${table}` }), ...reader.end()];
}
