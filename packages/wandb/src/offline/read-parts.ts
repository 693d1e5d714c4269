import { basename, dirname, join } from "node:path";
import { type Dated, type EventsLost, problemOf, type RunEvent, stringifyJson } from "@runferry/core";
import { consoleLines, consoleLogged, type RowReading, readRow } from "../mapping/index.ts";
import { type LogFile, timeOfStamp } from "./find-runs.ts";
import type { AlertRecord, OutputRecord, StatsRecord } from "./messages.ts";
import { type Damage, readLogFile } from "./read-log-file.ts";
import { rowTextOf } from "./row-text.ts";
import type { ScannedRun } from "./scan-run.ts";

type Events = AsyncIterable<readonly Dated<RunEvent>[]>;
type Reading = Omit<RowReading, "lastAt">;

/** History, alerts, what the file has lost, and at the end what only the summary says. */
export async function* readRows(files: readonly LogFile[], scanned: ScannedRun, reading: Reading): Events {
  let lastAt = reading.startedAt;
  const rowsOf = async (line: string) => {
    const events = await readRow(line, { ...reading, lastAt });
    for (const { at } of events) lastAt = Math.max(lastAt, at);
    return events;
  };
  for (const file of files) {
    for await (const pieces of readLogFile(file.path, ["history", "alert"])) {
      const events: Dated<RunEvent>[] = [];
      for (const piece of pieces) {
        if (!("record" in piece)) events.push({ ...lostOf(file, piece), at: lastAt });
        else if (piece.record.history) events.push(...(await rowsOf(rowTextOf(piece.record.history))));
        // A run of ours has a row for each.
        else if (piece.record.alert && !reading.isOwn) events.push({ ...alertOf(piece.record.alert), at: lastAt });
      }
      yield events;
    }
  }
  lastAt = Math.max(lastAt, scanned.remote.ended?.at ?? lastAt);
  if (Object.keys(scanned.summaryOnly).length > 0) yield await rowsOf(stringifyJson(scanned.summaryOnly));
}

/** What was measured of the machine. */
export async function* readSystem(files: readonly LogFile[]): Events {
  for (const file of files) {
    let lastAt = file.createdAt;
    for await (const pieces of readLogFile(file.path, ["stats"])) {
      const events = pieces.flatMap((piece) => ("record" in piece ? statsOf(piece.record.stats ?? {}, lastAt) : []));
      lastAt = events.at(-1)?.at ?? lastAt;
      yield events;
    }
  }
}

/** The console, line by line. */
export async function* readConsole(files: readonly LogFile[]): Events {
  for (const file of files) {
    const begun = new Map<"stdout" | "stderr", { text: string; at: number }>();
    let lastAt = file.createdAt;

    function linesFrom({ outputType, timestamp, line = "" }: OutputRecord): readonly Dated<RunEvent>[] {
      const from = outputType === 1 ? "stdout" : "stderr";
      const at = timeOfStamp(timestamp) ?? lastAt;
      lastAt = Math.max(lastAt, at);
      const open = begun.get(from) ?? { text: "", at };
      open.text += line;
      const end = open.text.lastIndexOf("\n") + 1;
      const whole = open.text.slice(0, end);
      const rest = open.text.slice(end);
      if (rest === "") begun.delete(from);
      else begun.set(from, { text: rest, at: end > 0 ? at : open.at });
      return consoleLines(whole).map((text) => consoleLogged(from, text, open.at));
    }

    for await (const pieces of readLogFile(file.path, ["output", "outputRaw", "outputLogger"])) {
      const events: Dated<RunEvent>[] = [];
      for (const piece of pieces) {
        if (!("record" in piece)) continue;
        const { output, outputRaw, outputLogger } = piece.record;
        const written = outputRaw ?? output;
        if (written) events.push(...linesFrom(written));
        if (outputLogger)
          events.push(...consoleLines(outputLogger.line ?? "").map((text) => consoleLogged("stdout", text, lastAt)));
      }
      yield events;
    }
    yield [...begun].flatMap(([from, { text, at }]) => consoleLines(text).map((line) => consoleLogged(from, line, at)));
  }
}

function statsOf({ timestamp, item = [] }: StatsRecord, lastAt: number): readonly Dated<RunEvent>[] {
  const values: [string, number][] = [];
  for (const { key, valueJson } of item) {
    const value = Number(valueJson);
    if (key && valueJson !== undefined && !Number.isNaN(value)) values.push([`system.${key}`, value]);
  }
  if (values.length === 0) return [];
  const at = timeOfStamp(timestamp) ?? lastAt;
  return [{ kind: "metrics.logged", at, values: Object.fromEntries(values) }];
}

function alertOf({ title = "", text, level = "" }: AlertRecord): RunEvent {
  const known = (["info", "warn", "error"] as const).find((one) => one === level.toLowerCase());
  const event: RunEvent = { kind: "alert.raised", title, ...(text ? { text } : {}), level: known ?? "info" };
  return problemOf(event) === undefined ? event : { kind: "events.lost", count: 1, reason: "an alert without a title" };
}

function lostOf({ path }: LogFile, { damage, offset, length, count }: Damage): EventsLost {
  const where = `${join(basename(dirname(path)), basename(path))}, bytes ${offset} to ${offset + length}`;
  return { kind: "events.lost", count, reason: damage, where };
}
