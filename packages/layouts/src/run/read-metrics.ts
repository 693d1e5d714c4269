import { getOrCreate, isJsonList, isJsonObject, isSpelled, type Json, type JsonObject } from "@runferry/core";
import { jsonParts, type Part } from "../json/json-parts.ts";
import { parsePythonJson } from "../json/python-json.ts";
import { type Losses, whereOf } from "./losses.ts";
import { piecesOf } from "./pieces.ts";
import { type Columns, createColumns, type SortedPoints } from "./points.ts";
import { isReadable } from "./read-entries.ts";
import type { Times } from "./times.ts";

export interface MetricsFile {
  readonly path: string;
  readonly losses: Losses;
  readonly times: Times;
}

const metricNames = ["name", "metric", "metric_name", "key"];
const stepNames = ["step", "epoch", "iteration"];
const timeNames = ["timestamp", "time", "logged_at", "created_at"];

/**
 * The points of a JSON file of metrics, by name; none where there is no such file. Both forms that trackers write are
 * read, and both as a stream: an object of lists, `{"loss": [{"step": 0, "value": 0.5, "timestamp": "…"}]}`, and a list of
 * records, `[{"step": 0, "timestamp": 1700000000.1, "loss": 0.5}]`.
 */
export async function readMetrics(file: MetricsFile): Promise<ReadonlyMap<string, SortedPoints>> {
  const all = new Map<string, Columns>();
  const { path, losses, times } = file;
  if (!(await isReadable(path, losses))) return all;
  const isList = startsWithList(path);
  const parts = jsonParts(piecesOf(path), { depth: isList ? 1 : 2 });
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    for (const part of next.value) {
      const value = parsed(part);
      if (value === undefined) losses.add("a value is damaged", whereOf(path, part));
      else if (isList) addRecord(value, part);
      else addPoint(String(part.path[0]), value, part);
    }
  }
  if (next.value) losses.add(`the file breaks off: ${next.value.why}`, whereOf(path, next.value));
  return all;

  function addPoint(name: string, value: Json, part: Part): void {
    const record = isJsonObject(value) ? value : isJsonList(value) ? { step: value[0]!, value: value[1]! } : { value };
    add(name, record.value, record, part);
  }

  function addRecord(value: Json, part: Part): void {
    if (!isJsonObject(value)) {
      losses.add("an entry is no record", whereOf(path, part));
      return;
    }
    const name = first(value, metricNames);
    if (typeof name === "string" && value.value !== undefined) {
      add(name, value.value, value, part);
      return;
    }
    const values = isJsonObject(value.metrics) ? value.metrics : value;
    for (const [key, one] of Object.entries(values)) {
      if (values === value && (key === "step" || key === "timestamp")) continue;
      if (one !== null) add(key, one, value, part);
    }
  }

  function add(name: string, value: Json | undefined, record: JsonObject, part: Part): void {
    const number = numberOf(value);
    if (number === undefined) {
      losses.add(`metric ${JSON.stringify(name)} has a value that is no number`, whereOf(path, part));
      return;
    }
    const told = first(record, timeNames);
    const at = times.read(told) ?? Number.NaN;
    if (Number.isNaN(at) && told !== undefined && told !== null) {
      losses.add("a time cannot be read; the one before stands for it", whereOf(path, part));
    }
    getOrCreate(all, name, createColumns).add(numberOf(first(record, stepNames)), at, number);
  }
}

function first(record: JsonObject, names: readonly string[]): Json | undefined {
  for (const name of names) if (Object.hasOwn(record, name)) return plain(record[name]!);
  return undefined;
}

function plain(value: Json): Json {
  return isSpelled(value) ? Number(value.rawJSON) : value;
}

const numberWords = /^[+-]?(?:nan|inf|infinity)$/i;

/** A number, also where JSON needed a text for it. */
export function numberOf(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined;
  const one = plain(value);
  if (typeof one === "number") return one;
  if (typeof one === "boolean") return Number(one);
  if (typeof one !== "string" || !numberWords.test(one)) return undefined;
  if (/nan/i.test(one)) return Number.NaN;
  return one.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** How numbers are spelled does not matter here, and keeping it takes four times as long. */
function parsed(part: Part): Json | undefined {
  for (const parse of [JSON.parse, parsePythonJson]) {
    try {
      return parse(part.text) as Json;
    } catch {
      // told by the caller, with its place
    }
  }
  return undefined;
}

function startsWithList(path: string): boolean {
  for (const piece of piecesOf(path)) return /^\uFEFF?\s*\[/.test(Buffer.from(piece.subarray(0, 1024)).toString());
  return false;
}
