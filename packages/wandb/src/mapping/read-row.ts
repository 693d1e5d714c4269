import {
  type Context,
  checkStep,
  contextKey,
  type Dated,
  type FileRef,
  getOrCreate,
  isJsonList,
  type Json,
  type JsonObject,
  problemOf,
  type RunEvent,
  toMicros,
} from "@runferry/core";
import { numberOf, parseExtended, textFromRow } from "./extended-json.ts";
import { alertColumns, meaningOfColumn, stepColumn } from "./names.ts";
import { isDerived, type RunFiles, readMedia } from "./read-media.ts";

export interface RowReading {
  /** Whether runferry wrote the run. */
  readonly isOwn: boolean;
  readonly startedAt: number;
  readonly files: RunFiles;
  /** The stream's earlier rows end here. */
  readonly lastAt: number;
}

/** What one line of history says. Its events share one time. */
export async function readRow(line: string, reading: RowReading): Promise<readonly Dated<RunEvent>[]> {
  let row: JsonObject;
  try {
    row = parseExtended(line) as JsonObject;
  } catch {
    return [lost("a line of history is no JSON", reading.lastAt)];
  }
  const at = timeOf(row, reading);
  const alert = reading.isOwn ? alertIn(row) : undefined;
  if (alert) return [{ ...alert, at }];
  const { step, extra } = stepOf(row, reading.isOwn);
  const events: Dated<RunEvent>[] = [];
  const spots = new Map<string, { readonly context: Context | undefined; readonly values: [string, number][] }>();
  const put = (name: string, context: Context | undefined, value: number) =>
    getOrCreate(spots, contextKey(context), () => ({ context, values: [] })).values.push([name, value]);
  const place = { at, ...(step === undefined ? {} : { step }) };
  const columns = Object.entries(row).filter(([column]) => !isOwnColumn(column, reading.isOwn));
  for (const [column, value] of reading.isOwn ? columns : flattened(columns)) {
    if (reading.isOwn && isDerived(column, row)) continue;
    const { name, context } = meaningOfColumn(column);
    const number = numberOf(value);
    if (number !== undefined) {
      put(name, context, number);
      continue;
    }
    const head = { kind: "media.logged", name, ...place, ...(context === undefined ? {} : { context }) } as const;
    if (typeof value === "string") events.push({ ...head, media: { type: "text", text: textFromRow(value) } });
    else events.push(...(await readMedia(value, head, { row, column, files: reading.files })));
  }
  if (extra !== undefined) put("_step", undefined, extra);
  for (const { context, values } of spots.values()) {
    const about = context === undefined ? {} : { context };
    events.push({ kind: "metrics.logged", ...place, ...about, values: Object.fromEntries(values) });
  }
  return events.map((event) => (problemOf(event) === undefined ? event : lost("a row holds what no run can", at)));
}

function timeOf(row: JsonObject, { startedAt, lastAt }: RowReading): number {
  if (typeof row._timestamp === "number") return toMicros(row._timestamp * 1000);
  return typeof row._runtime === "number" ? toMicros(startedAt + row._runtime * 1000) : lastAt;
}

function stepOf(row: JsonObject, isOwn: boolean): { readonly step?: number | undefined; readonly extra?: number } {
  const step = row[isOwn ? stepColumn : "_step"];
  if (typeof step !== "number") return {};
  const checked = checkStep(step);
  return checked.value === undefined ? { step: checked.step } : { step: checked.step, extra: checked.value };
}

const wandbColumns: ReadonlySet<string> = new Set(["_step", "_timestamp", "_runtime", "_wandb"]);

function isOwnColumn(column: string, isOwn: boolean): boolean {
  return wandbColumns.has(column) || (isOwn && column === stepColumn);
}

function alertIn(row: JsonObject): RunEvent | undefined {
  const title = row[alertColumns.title];
  const level = row[alertColumns.level];
  const text = row[alertColumns.text];
  if (typeof title !== "string" || typeof level !== "string") return undefined;
  const event = { kind: "alert.raised", title, level, ...(typeof text === "string" ? { text } : {}) } as RunEvent;
  return problemOf(event) === undefined ? event : undefined;
}

/** Objects that are no media, one level after the other, as W&B's own pages name what is in them. */
function flattened(columns: readonly (readonly [string, Json])[]): readonly (readonly [string, Json])[] {
  return columns.flatMap(([column, value]) => {
    const isPlain = typeof value === "object" && value !== null && !isJsonList(value) && !("_type" in value);
    if (!isPlain) return [[column, value] as const];
    return flattened(Object.entries(value as JsonObject).map(([key, item]) => [`${column}.${key}`, item]));
  });
}

function lost(reason: string, at: number): Dated<RunEvent> {
  return { kind: "events.lost", count: 1, reason, at };
}

export type { FileRef };
