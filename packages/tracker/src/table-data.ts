import { csvLine, stringifyJson } from "@runferry/core";
import { toJson } from "./to-json.ts";

/** Rows as objects or as lists, or columns by name. */
export type TableData =
  | Iterable<object>
  | { readonly [column: string]: Iterable<unknown> | ArrayLike<unknown> }
  | ReadonlyMap<string, Iterable<unknown> | ArrayLike<unknown>>;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** The data as columns and rows. `names` are those of the columns, where rows are lists. Throws for what is no table. */
export function tableOf(data: TableData, names?: readonly string[]): Table {
  if (typeof data !== "object" || data === null) throw new TypeError("it takes rows or columns");
  if (data instanceof Map || !(Symbol.iterator in data)) return fromColumns(data);
  const rows = [...(data as Iterable<object>)];
  const bad = rows.findIndex((row) => typeof row !== "object" || row === null);
  if (bad >= 0) throw new TypeError(`row ${bad} is ${String(rows[bad])}: a row is an object or a list`);
  if (rows.some(isList)) return fromLists(rows, names);
  const records = rows as readonly { readonly [column: string]: unknown }[];
  const columns = names ?? [...new Set(records.flatMap((row) => Object.keys(row)))];
  return { columns, rows: records.map((row) => columns.map((column) => own(row, column))) };
}

function fromColumns(data: object): Table {
  const entries = data instanceof Map ? [...data] : Object.entries(data);
  const lists = entries.map(([name, values]): [string, readonly unknown[]] => {
    if (typeof values === "object" && values !== null && (Symbol.iterator in values || "length" in values)) {
      return [String(name), Array.from(values as ArrayLike<unknown>)];
    }
    throw new TypeError(`the column ${String(name)} is no list`);
  });
  const lengths = new Set(lists.map(([, values]) => values.length));
  if (lengths.size > 1) {
    const told = lists.map(([name, { length }]) => `${name} ${length}`);
    throw new TypeError(`the columns are not of one length: ${told.slice(0, 8).join(", ")}`);
  }
  const [length = 0] = lengths;
  const rows = Array.from({ length }, (_, i) => lists.map(([, values]) => values[i]));
  return { columns: lists.map(([name]) => name), rows };
}

function fromLists(rows: readonly object[], names: readonly string[] | undefined): Table {
  const lists = rows.map((row, i) => {
    if (isList(row)) return Array.from(row);
    throw new TypeError(`row ${i} is an object, and others are lists`);
  });
  const width = lists.reduce((most, { length }) => Math.max(most, length), names?.length ?? 0);
  if (names && width > names.length) throw new TypeError(`a row has ${width} cells, for ${names.length} columns`);
  const columns = names ?? Array.from({ length: width }, (_, i) => String(i));
  return { columns, rows: lists.map((cells) => columns.map((_, i) => cells[i])) };
}

function isList(row: object): row is ArrayLike<unknown> & object {
  return Array.isArray(row) || (ArrayBuffer.isView(row) && !(row instanceof DataView));
}

function own(row: { readonly [column: string]: unknown }, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

/** The table as CSV, with the names of its columns in the first line. Cells without a value are empty. */
export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows.map((cells) => cells.map(cellText))].map((cells) => `${csvLine(cells)}\n`).join("");
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint") return String(value);
  const json = toJson(value);
  return typeof json === "string" ? json : stringifyJson(json);
}
