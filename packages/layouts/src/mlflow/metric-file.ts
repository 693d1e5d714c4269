import { readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { getOrCreate } from "@runferry/core";
import type { Metric } from "@runferry/mlflow/records";
import { createColumns, type ImportedPoint } from "../run/points.ts";
import type { FileReading } from "./store-files.ts";

/** A line of a metric: `<ms> <value> <step> …`; two fields are of MLflow's first releases, which had no steps. */
interface Line {
  readonly number: number;
  readonly fields: readonly string[];
  /** Whether it ends as lines do: one that does not was cut off. */
  readonly isWhole: boolean;
}

interface FilePoint extends ImportedPoint {
  readonly step: number;
}

const pieceLength = 1000;
/** A file of up to so many bytes is held in memory while it is put in order. */
const smallBytes = 1024 * 1024;

/** The points of one metric in the order of time, in pieces. A file that is in order is streamed, however long it is. */
export async function* metricHistory(
  path: string,
  key: string,
  reading: FileReading,
): AsyncGenerator<readonly Metric[]> {
  const { size } = statSync(path);
  reading.enter(path);
  if (size === 0) reading.add(`metric ${JSON.stringify(key)} has no points`, path);
  if (size > smallBytes && (await isInOrder(path))) {
    for await (const points of pointsOf(path, key, reading)) {
      yield points.map(({ step, at, value }) => metricOf(key, step, at, value));
    }
    return;
  }
  const columns = createColumns();
  for await (const points of pointsOf(path, key, reading)) {
    for (const { step, at, value } of points) columns.add(step, at, value);
  }
  let piece: Metric[] = [];
  for (const { step = 0, at, value } of columns.sorted()) {
    if (piece.push(metricOf(key, step, at, value)) < pieceLength) continue;
    yield piece;
    piece = [];
  }
  yield piece;
}

/** The last value of each metric of a logged model and dataset, by step, time and value. */
export async function* modelMetrics(path: string, key: string, reading: FileReading): AsyncGenerator<Metric> {
  reading.enter(path);
  const last = new Map<string, FilePoint>();
  const lines: Line[] = []; // a model has few of them
  for await (const some of linesOf(path)) lines.push(...some);
  for (const line of lines) {
    const point = pointOf(line);
    if (!point) {
      reading.add(`metric ${JSON.stringify(key)} of a model has a damaged line`, `${path}, line ${line.number}`);
      continue;
    }
    const dataset = line.fields.slice(4).join(" ");
    const known = getOrCreate(last, dataset, () => point);
    if (point.step - known.step || point.at - known.at || point.value - known.value > 0) last.set(dataset, point);
  }
  for (const { step, at, value } of last.values()) yield metricOf(key, step, at, value);
}

function metricOf(key: string, step: number, timestamp: number, value: number): Metric {
  return { key, value: value as Metric["value"], timestamp, step };
}

async function isInOrder(path: string): Promise<boolean> {
  let last = Number.NEGATIVE_INFINITY;
  for await (const lines of linesOf(path)) {
    for (const line of lines) {
      const at = pointOf(line)?.at ?? last;
      if (at < last) return false;
      last = at;
    }
  }
  return true;
}

async function* pointsOf(path: string, key: string, reading: FileReading): AsyncGenerator<readonly FilePoint[]> {
  for await (const lines of linesOf(path)) {
    const points: FilePoint[] = [];
    for (const line of lines) {
      const point = pointOf(line);
      if (point) points.push(point);
      else reading.add(`metric ${JSON.stringify(key)} has a damaged line`, `${path}, line ${line.number}`);
    }
    yield points;
  }
}

function pointOf({ fields, isWhole }: Line): FilePoint | undefined {
  const [time = "", word = "", step = "0"] = fields;
  const value = numberOf(word);
  if (!isWhole || !/^-?\d+$/.test(time) || value === undefined || !/^-?\d+$/.test(step)) return undefined;
  return { step: Number(step), at: Number(time), value };
}

/** As Python writes a float. */
function numberOf(word: string): number | undefined {
  if (word === "nan") return Number.NaN;
  if (word === "inf" || word === "-inf") return word === "inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return /^-?\d+(?:\.\d*)?(?:e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined;
}

/** No line is longer that anything but damage has written. */
const longestLine = 64 * 1024;

async function* linesOf(path: string): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let rest = "";
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!.slice(0, longestLine);
    yield lines.map((line) => ({ number: ++number, fields: line.trim().split(" "), isWhole: true }));
  }
  if (rest !== "") yield [{ number: ++number, fields: rest.trim().split(" "), isWhole: false }];
}

/**
 * A small file is read at once. A larger one is open only while a part of it is read: a run may have more metrics than a
 * process may have files open.
 */
async function* chunksOf(path: string): AsyncGenerator<string> {
  if (statSync(path).size <= smallBytes) {
    yield readFileSync(path, "latin1");
    return;
  }
  const bytes = Buffer.allocUnsafe(256 * 1024);
  for (let from = 0; ; ) {
    const file = await open(path);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from).finally(() => file.close());
    if (bytesRead === 0) return;
    from += bytesRead;
    yield bytes.toString("latin1", 0, bytesRead);
  }
}
