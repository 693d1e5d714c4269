import type { AlertRaised, Recorded } from "@runferry/core";
import { consoleLines, type Laid } from "../mapping/index.ts";

import { createLogWriter, type LogWriter } from "./log-writer.ts";
import type { LogRecord } from "./messages.ts";
import { type ObservedEnd, observedRecords } from "./observe-end.ts";
import { createRowLayer, type RowLayer } from "./row-record.ts";
import { encodeRecord } from "./schema.ts";
import { openingRecords, stateRecords, timestampOf } from "./state-records.ts";

/** How far the file has got: what stands behind it says how the run stood then, and gives way. */
export interface LogPosition {
  readonly offset: number;
  /** Records so far. */
  readonly records: number;
}

export interface LaidLog extends LogPosition {
  /** What the file holds from the position before on, to its end. */
  readonly bytes: Uint8Array;
}

export const logStart: LogPosition = { offset: 0, records: 0 };

/** What lays a file, kept from one batch to the next for the sake of its buffers. */
export interface Layers {
  readonly writer: LogWriter;
  readonly layer: RowLayer;
}

export function createLayers(): Layers {
  return { writer: createLogWriter(0), layer: createRowLayer() };
}

/**
 * A batch as it stands in the file: its records in the order of its events, and behind them those of the state. What was
 * put beside the file for an event is told in `beside`.
 */
export function layLog(
  batch: readonly Recorded[],
  laid: Laid,
  from: LogPosition,
  beside: ReadonlyMap<number, readonly LogRecord[]>,
  { writer, layer }: Layers,
  observed?: ObservedEnd,
): LaidLog {
  writer.begin(from.offset);
  let { records } = from;
  let row = 0;

  function add(record: LogRecord): void {
    writer.add(encodeRecord({ num: ++records, ...record }));
  }

  if (from.offset === 0) for (const record of openingRecords(laid)) add(record);
  for (const event of batch) {
    while (laid.rows[row]?.seq === event.seq) writer.add(layer.lay(++records, laid.rows[row++]!));
    for (const record of beside.get(event.seq) ?? []) add(record);
    if (event.kind === "alert.raised") add(alertRecord(event));
    if (event.kind !== "console.logged") continue;
    const outputType = event.from === "stdout" ? 1 : 0;
    for (const line of consoleLines(event.text)) {
      add({ outputRaw: { outputType, timestamp: timestampOf(event.at), line: `${line}\n` } });
    }
  }
  const position = { offset: writer.offset, records };
  for (const record of stateRecords(laid)) add(record);
  if (observed && !laid.end) for (const record of observedRecords(observed)) writer.add(encodeRecord(record));
  return { ...position, bytes: writer.take() };
}

function alertRecord({ title, text = "", level }: AlertRaised): LogRecord {
  return { alert: { title, text, level: level.toUpperCase() } };
}
