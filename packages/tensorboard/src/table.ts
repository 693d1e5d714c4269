import { type Json, parseJson, stringifyJson } from "@runferry/core";
import { namedNumbers } from "./named-numbers.ts";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Json[])[];
}

/** A table in Markdown. A text that could be taken for something else stands in quotes, as in JSON. */
export function tableText({ columns, rows }: Table): string {
  const rule = columns.map(() => "---");
  return [lineOf(columns.map(cellOf)), lineOf(rule), ...rows.map((row) => lineOf(row.map(cellOf)))].join("\n");
}

/** The table that such a text shows, or undefined where it is none. */
export function readTable(text: string): Table | undefined {
  const [head, rule, ...rows] = text.split("\n");
  if (head === undefined || rule === undefined || !/^\|(?: --- \|)* ?\|?$/.test(rule)) return undefined;
  const columns = cellsOf(head)?.map((cell) => (typeof cell === "string" ? cell : stringifyJson(cell)));
  const read = rows.map(cellsOf);
  if (!columns || read.some((row) => row === undefined)) return undefined;
  const table = { columns, rows: read as (readonly Json[])[] };
  return tableText(table) === text ? table : undefined;
}

function lineOf(cells: readonly string[]): string {
  return cells.length === 0 ? "| |" : `| ${cells.join(" | ")} |`;
}

function cellsOf(line: string): readonly Json[] | undefined {
  if (line === "| |") return [];
  if (!line.startsWith("| ") || !line.endsWith(" |")) return undefined;
  return line.slice(2, -2).split(" | ").map(readCell);
}

function cellOf(value: Json): string {
  if (typeof value === "string" && isPlain(value)) return value;
  // A bar can only stand inside a string, where JSON has another word for it.
  return stringifyJson(namedNumbers(value)).replaceAll("|", "\\u007c");
}

function readCell(cell: string): Json {
  const parsed = tryParse(cell);
  return parsed === undefined ? cell : parsed;
}

/** Whether a text can stand for itself: nothing that JSON could read, nothing that Markdown would take apart. */
function isPlain(text: string): boolean {
  return (
    /^[^\s"|][^|\r\n\t]*$/.test(text) && !text.endsWith(" ") && text.isWellFormed() && tryParse(text) === undefined
  );
}

function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
