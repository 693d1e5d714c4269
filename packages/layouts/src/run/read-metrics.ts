import { statSync } from "node:fs";
import { getOrCreate, isJsonList, isJsonObject, isSpelled, type Json, type JsonObject } from "@runferry/core";
import { jsonParts } from "../json/json-parts.ts";
import type { Part } from "../json/part-reader.ts";
import { parsePythonJson } from "../json/python-json.ts";
import { createLosses, type Losses, whereOf } from "./losses.ts";
import { piecesOf } from "./pieces.ts";
import { type Columns, createColumns, type ImportedPoint, type SortedPoints } from "./points.ts";
import { createPointsInFile, type LargeFile, largeFile, type PointsInFile } from "./points-in-file.ts";
import { isReadable } from "./read-entries.ts";
import type { Times } from "./times.ts";

export interface MetricsFile {
  readonly path: string;
  readonly losses: Losses;
  readonly times: Times;
  /** The points of a larger file stay in it. Default: 64 MiB, which are about 13 MB of points. */
  readonly mostHeldBytes?: number;
}

const metricNames = ["name", "metric", "metric_name", "key"];
const stepNames = ["step", "epoch", "iteration"];
const timeNames = ["timestamp", "time", "logged_at", "created_at"];
const pointFields: ReadonlySet<string> = new Set(["value", ...stepNames, ...timeNames]);

/**
 * The points of a JSON file of metrics, by name; none where there is no such file. Both forms that trackers write are
 * read, and both as a stream: an object of lists, `{"loss": [{"step": 0, "value": 0.5, "timestamp": "…"}]}`, and a list of
 * records, `[{"step": 0, "timestamp": 1700000000.1, "loss": 0.5}]`.
 */
export async function readMetrics(file: MetricsFile): Promise<ReadonlyMap<string, SortedPoints>> {
  const { path, losses, mostHeldBytes = 64 * 1024 * 1024 } = file;
  const held = new Map<string, Columns>();
  const left = new Map<string, PointsInFile>();
  if (!(await isReadable(path, losses))) return held;
  const isList = startsWithList(path);
  // A list of records has all metrics side by side: what is to be told in the order of time has to be held.
  const large = !isList && statSync(path).size > mostHeldBytes ? largeFile(path, () => left.size) : undefined;
  const silent: MetricsFile = { ...file, losses: createLosses(path) }; // what is wrong was told when it was read first
  const parts = jsonParts(piecesOf(path), { depth: isList ? 1 : 2 });
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    for (const part of next.value) {
      if (isList) for (const [name, point] of recordIn(part, file)) hold(name, point);
      else if (large && typeof part.path[1] === "number") leave(large, String(part.path[0]), part);
      else hold(String(part.path[0]), pointIn(part, file));
    }
  }
  if (next.value) losses.add(`the file breaks off: ${next.value.why}`, whereOf(path, next.value));
  const all = new Map<string, SortedPoints>(held);
  // A name that stands there twice, as a list and otherwise, has the points of both.
  for (const [name, points] of left) all.set(name, held.has(name) ? joined(points, held.get(name)!) : points);
  return all;

  function hold(name: string, point: ImportedPoint | undefined): void {
    if (point) getOrCreate(held, name, createColumns).add(point.step, point.at, point.value);
  }

  function leave(large: LargeFile, name: string, part: Part): void {
    const points = getOrCreate(left, name, () => createPointsInFile(name, large, (one) => pointIn(one, silent)));
    if (part.path[1] === 0) points.begin(part);
    const point = pointIn(part, file);
    if (point) points.add(point);
  }
}

function joined(...parts: readonly SortedPoints[]): SortedPoints {
  return {
    sorted() {
      const columns = createColumns();
      for (const part of parts) for (const { step, at, value } of part.sorted()) columns.add(step, at, value);
      return columns.sorted();
    },
  };
}

/** A point of an object of lists. */
function pointIn(part: Part, file: MetricsFile): ImportedPoint | undefined {
  const value = valueIn(part, file);
  if (value === undefined) return undefined;
  const record = isJsonObject(value) ? value : isJsonList(value) ? { step: value[0]!, value: value[1]! } : { value };
  for (const field in record) {
    if (!pointFields.has(field))
      file.losses.add(`points say ${JSON.stringify(field)} as well`, whereOf(file.path, part));
  }
  return pointOf(String(part.path[0]), record.value, record, part, file);
}

/** The points of a record, by name. */
function* recordIn(part: Part, file: MetricsFile): IterableIterator<readonly [string, ImportedPoint | undefined]> {
  const value = valueIn(part, file);
  if (value === undefined) return;
  if (!isJsonObject(value)) {
    file.losses.add("an entry is no record", whereOf(file.path, part));
    return;
  }
  const name = first(value, metricNames);
  if (typeof name === "string" && value.value !== undefined) {
    yield [name, pointOf(name, value.value, value, part, file)];
    return;
  }
  const values = isJsonObject(value.metrics) ? value.metrics : value;
  for (const [key, one] of Object.entries(values)) {
    if (values === value && (key === "step" || key === "timestamp")) continue;
    if (one !== null) yield [key, pointOf(key, one, value, part, file)];
  }
}

function pointOf(
  name: string,
  value: Json | undefined,
  record: JsonObject,
  part: Part,
  { path, losses, times }: MetricsFile,
): ImportedPoint | undefined {
  const number = numberOf(value);
  if (number === undefined) {
    losses.add(`metric ${JSON.stringify(name)} has a value that is no number`, whereOf(path, part));
    return undefined;
  }
  const told = first(record, timeNames);
  const at = times.read(told) ?? Number.NaN;
  if (Number.isNaN(at) && told !== undefined && told !== null) {
    losses.add("a time cannot be read; the one before stands for it", whereOf(path, part));
  }
  return { step: numberOf(first(record, stepNames)), at, value: number };
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
function valueIn(part: Part, { path, losses }: MetricsFile): Json | undefined {
  for (const parse of [JSON.parse, parsePythonJson]) {
    try {
      return parse(part.text) as Json;
    } catch {
      // the other one, or a loss
    }
  }
  losses.add("a value is damaged", whereOf(path, part));
  return undefined;
}

function startsWithList(path: string): boolean {
  for (const piece of piecesOf(path)) return /^\uFEFF?\s*\[/.test(Buffer.from(piece.subarray(0, 1024)).toString());
  return false;
}
