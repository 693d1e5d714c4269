import { createReadStream } from "node:fs";
import { isJsonObject, type Json } from "@runferry/core";
import { parsePythonJson } from "../json/python-json.ts";
import { csvRows } from "./csv-rows.ts";
import { type ChosenFile, entriesAt, formatOf } from "./read-values.ts";

/** A row of a file: its cells by the names of their columns. */
export interface Row {
  readonly cells: ReadonlyMap<string, Json>;
  readonly where: string;
}

/** The rows of a file in any format, as a stream. What is no row is named and passed over. */
export async function* rowsOf(file: ChosenFile): AsyncGenerator<Row> {
  const format = formatOf(file);
  if (format === "csv") yield* csv(file);
  else if (format === "jsonl") yield* jsonLines(file);
  else {
    for await (const { value, where } of entriesAt(file, () => true)) {
      if (isJsonObject(value)) yield { cells: cellsOf(value), where };
      else file.losses.add("an entry is no record", where);
    }
  }
}

async function* csv({ path, choice, losses }: ChosenFile): AsyncGenerator<Row> {
  const rows = csvRows(createReadStream(path, { highWaterMark: 256 * 1024 }), choice.separator);
  let names: readonly string[] | undefined;
  let next = await rows.next();
  for (; !next.done; next = await rows.next()) {
    const { cells, line } = next.value;
    const where = `${path}, line ${line}`;
    if (!names) {
      names = cells.map((name) => name.trim());
      if (new Set(names).size < names.length) losses.add("two columns have one name: the last one is read", where);
    } else if (cells.length === names.length) {
      yield { cells: new Map(names.map((name, i) => [name, cells[i]!])), where };
    } else losses.add(`a line does not have the ${names.length} cells of the first`, where);
  }
  if (next.value) losses.add(next.value.why, `${path}, line ${next.value.line}`);
}

/** No line is longer that anything but damage has written. */
const longestLine = 16 * 1024 * 1024;

async function* jsonLines({ path, losses }: ChosenFile): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    const where = `${path}, line ${line}`;
    if (text === undefined) losses.add(`a line is longer than ${longestLine} characters`, where);
    if (text === undefined || text.trim() === "") continue;
    try {
      const value = parsePythonJson(text);
      if (isJsonObject(value)) yield { cells: cellsOf(value), where };
      else losses.add("a line is no record", where);
    } catch {
      losses.add("a line is no JSON", where);
    }
  }
}

/** The lines of a file; undefined for one that is too long to be held. */
async function* linesOf(path: string): AsyncGenerator<string | undefined> {
  let rest = "";
  let isTooLong = false;
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 256 * 1024 })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      yield isTooLong ? undefined : line;
      isTooLong = false;
    }
    if (rest.length > longestLine) [rest, isTooLong] = ["", true];
  }
  if (isTooLong) yield undefined;
  else if (rest !== "") yield rest;
}

/** Objects within a row become names with `/`. */
function cellsOf(record: { readonly [key: string]: Json }): ReadonlyMap<string, Json> {
  const cells = new Map<string, Json>();
  collect(record, "", 0);
  return cells;

  function collect(values: { readonly [key: string]: Json }, prefix: string, depth: number): void {
    for (const [key, value] of Object.entries(values)) {
      if (isJsonObject(value) && depth < 16) collect(value, `${prefix}${key}/`, depth + 1);
      else cells.set(prefix + key, value);
    }
  }
}
