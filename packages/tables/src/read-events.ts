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

  function eventsOf(rows: ReadRows, to: number): readonly Recorded[] {
    const seqs = rows.columns.seq ?? [];
    const events: Recorded[] = [];
    for (let from = 0; from < to; ) {
      let next = from + 1;
      while (next < to && seqs[next] === seqs[from]) next++;
      const event = eventOf(rows, from, next);
      if (event) events.push(event);
      from = next;
    }
    return events;
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
      const all = rest ? joinRows(rest, rows) : rows;
      const seqs = all.columns.seq ?? [];
      let to = all.length - 1;
      while (to > 0 && seqs[to - 1] === seqs[all.length - 1]) to--;
      rest = sliceRows(all, Math.max(0, to));
      return eventsOf(all, Math.max(0, to));
    },
    end() {
      const events = rest ? eventsOf(rest, rest.length) : [];
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

function sliceRows(rows: ReadRows, from: number): ReadRows {
  const columns = Object.fromEntries(Object.entries(rows.columns).map(([name, cells]) => [name, cells.slice(from)]));
  return { columns, length: rows.length - from, where: rows.where };
}
