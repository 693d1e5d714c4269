import {
  isRunferryError,
  type Json,
  messageOf,
  parseBody,
  parseJson,
  type Recorded,
  RunferryError,
} from "@runferry/core";
import type { ReadRows } from "./formats.ts";
import type { Cell, TableName } from "./tables.ts";

/** The event of the rows from `from` to `to`, which have one number; nothing where a table only lists something. */
type ReadEvent = (rows: ReadRows, from: number, to: number) => object | undefined;

const readers: { readonly [K in TableName]: ReadEvent } = {
  metrics(rows, from, to) {
    const context = cell(rows, "context", from);
    const step = cell(rows, "step", from);
    return {
      kind: "metrics.logged",
      ...(step === null ? {} : { step }),
      ...(context === null ? {} : { context: parseJson(context as string) }),
      values: named(rows, "metric", from, to, (row) => cell(rows, "value", row)),
    };
  },
  params: (rows, from, to) => ({
    kind: "params.set",
    values: named(rows, "name", from, to, (row) => {
      const text = cell(rows, "value", row) as string;
      return cell(rows, "type", row) === "text" ? text : parseJson(text);
    }),
  }),
  tags: (rows, from, to) => ({
    kind: "tags.set",
    values: named(rows, "name", from, to, (row) => (cell(rows, "is_deleted", row) ? null : cell(rows, "value", row))),
  }),
  artifacts: () => undefined,
  events: (rows, from) => {
    const data = String(cell(rows, "data", from));
    const event = data.endsWith("}") ? parseBody(data.slice(0, -1)) : "is no event";
    if (typeof event === "object") return event;
    throw new Error(event);
  },
};

/** The events that the rows of one table tell, in order. The last one may go on in the rows that come next. */
export interface EventReader {
  push(rows: ReadRows): readonly Recorded[];
  end(): readonly Recorded[];
}

/** Puts rows of one number together again, also where they come in two pieces. */
export function createEventReader(table: TableName, isEvent: (event: Recorded) => boolean): EventReader {
  let rest: ReadRows | undefined;

  function eventsOf(rows: ReadRows, from: number, to: number, events: Recorded[]): void {
    const seqs = rows.columns.seq;
    for (let at = from; at < to; ) {
      let next = at + 1;
      while (next < to && seqs?.[next] === seqs?.[at]) next++;
      const event = eventOf(rows, at, next);
      if (event) events.push(event);
      at = next;
    }
  }

  function eventOf(rows: ReadRows, from: number, to: number): Recorded | undefined {
    try {
      const told = readers[table](rows, from, to);
      if (told === undefined) return undefined;
      const micros = cell(rows, "time", from);
      const at = cell(rows, "time_ms", from) ?? (micros === null ? Number.NaN : (micros as number) / 1000);
      const event = { ...told, seq: cell(rows, "seq", from), at } as unknown as Recorded;
      if (!Number.isSafeInteger(event.seq) || !Number.isFinite(event.at)) throw new Error("no number or no time");
      if (isEvent(event)) return event;
      throw new Error(`no event of the kind ${event.kind}`);
    } catch (cause) {
      if (isRunferryError(cause, "damaged")) throw cause;
      const seq = rows.columns.seq?.[from];
      throw new RunferryError("damaged", `${rows.where}: event ${seq}: ${messageOf(cause)}`, {
        hint: "deliver the run again into an empty folder",
        data: "nothing was changed",
      });
    }
  }

  return {
    push(rows) {
      const events: Recorded[] = [];
      const seqs = rows.columns.seq;
      let from = 0;
      if (rest) {
        while (from < rows.length && seqs?.[from] === rest.columns.seq?.[0]) from++;
        if (from > 0) rest = joinRows(rest, sliceRows(rows, 0, from));
        if (from === rows.length) return events;
        eventsOf(rest, 0, rest.length, events);
      }
      let to = rows.length - 1;
      while (to > from && seqs?.[to - 1] === seqs?.[rows.length - 1]) to--;
      eventsOf(rows, from, to, events);
      rest = sliceRows(rows, to, rows.length);
      return events;
    },
    end() {
      const events: Recorded[] = [];
      if (rest) eventsOf(rest, 0, rest.length, events);
      rest = undefined;
      return events;
    },
  };
}

function cell(rows: ReadRows, column: string, row: number): Cell {
  return rows.columns[column]?.[row] ?? null;
}

function named(rows: ReadRows, column: string, from: number, to: number, value: (row: number) => Json): Json {
  const entries: [string, Json][] = [];
  for (let row = from; row < to; row++) {
    const name = cell(rows, column, row);
    if (typeof name !== "string") throw new Error(`there is no ${column}`);
    entries.push([name, value(row)]);
  }
  return Object.fromEntries(entries);
}

function joinRows(a: ReadRows, b: ReadRows): ReadRows {
  const columns = Object.fromEntries(
    Object.entries(b.columns).map(([name, cells]) => [name, [...(a.columns[name] ?? []), ...cells]]),
  );
  return { columns, length: a.length + b.length, where: b.where };
}

/** The rows from `from` to `to`. */
export function sliceRows({ columns: all, where }: ReadRows, from: number, to: number): ReadRows {
  const columns = Object.fromEntries(Object.entries(all).map(([name, cells]) => [name, cells.slice(from, to)]));
  return { columns, length: to - from, where };
}
