import {
  type ArtifactLogged,
  eventBody,
  getOrCreate,
  isSpelled,
  type Json,
  type MetricsLogged,
  type Recorded,
  type RunStarted,
  stringifyJson,
} from "@runferry/core";
import { type Cell, constantColumns, type Rows, type TableName, tables } from "./tables.ts";
import { timeCells } from "./times.ts";

/** Which run and stream the rows are of. */
export interface RowsOf {
  readonly run: string;
  readonly started: RunStarted | undefined;
  readonly stream: string;
}

/** The rows of some events, by table. Every event has one at least, so that the numbers of events have no gaps. */
export function layRows(events: readonly Recorded[], of: RowsOf): ReadonlyMap<TableName, Rows> {
  const laid = new Map<TableName, Cell[][]>();

  /** The columns of a table, with the stamps of so many new rows; the rest is to be added. */
  function stamped(table: TableName, event: Recorded, rows: number): readonly Cell[][] {
    const data = getOrCreate(laid, table, () => tables[table].map((): Cell[] => []));
    const [time, ms] = timeCells(event.at);
    for (let row = 0; row < rows; row++) {
      data[0]!.push(event.seq);
      data[1]!.push(time);
      data[2]!.push(ms);
    }
    return data;
  }

  function add(table: TableName, event: Recorded, cells: readonly Cell[]): void {
    const data = stamped(table, event, 1);
    for (let i = 0; i < cells.length; i++) data[i + 3]!.push(cells[i]!);
  }

  function addMetrics(event: Recorded<MetricsLogged>, names: readonly string[]): void {
    const [, , , steps, metrics, values, contexts] = stamped("metrics", event, names.length);
    const context = event.context && Object.keys(event.context).length > 0 ? JSON.stringify(event.context) : null;
    for (const name of names) {
      steps!.push(event.step ?? null);
      metrics!.push(name);
      values!.push(event.values[name]!);
      contexts!.push(context);
    }
  }

  /** Says whether the event has rows in a table of its own. */
  function addOwn(event: Recorded): boolean {
    switch (event.kind) {
      case "metrics.logged": {
        const names = Object.keys(event.values);
        if (names.length > 0) addMetrics(event, names);
        return names.length > 0;
      }
      case "params.set": {
        const params = Object.entries(event.values);
        for (const [name, value] of params) add("params", event, [name, ...paramCells(value)]);
        return params.length > 0;
      }
      case "tags.set": {
        const tags = Object.entries(event.values);
        for (const [name, value] of tags) add("tags", event, [name, value, value === null]);
        return tags.length > 0;
      }
      case "artifact.logged":
        add("artifacts", event, artifactCells(event));
        return true;
      default:
        return false;
    }
  }

  for (const event of events) {
    if (!addOwn(event)) add("events", event, [...labels(event), `${eventBody(event)}}`]);
  }
  const constants = [of.run, of.started?.name ?? null, of.started?.experiment ?? null, of.stream];
  return new Map(
    [...laid].map(([table, data]) => [
      table,
      { columns: [...constantColumns, ...tables[table]], constants, data, length: data[0]!.length },
    ]),
  );
}

/** What a param is, its text, and its number if it is one. */
function paramCells(value: Json): readonly [type: string, text: string, number: number | null] {
  if (typeof value === "string") return ["text", value, null];
  const text = stringifyJson(value);
  if (typeof value === "number") return ["number", text, value];
  if (isSpelled(value)) return ["number", text, Number(value.rawJSON)];
  if (typeof value === "boolean") return ["boolean", text, null];
  return [value === null ? "null" : Array.isArray(value) ? "list" : "object", text, null];
}

function artifactCells({ file, type, reference, metadata }: ArtifactLogged): readonly Cell[] {
  const text = metadata === undefined ? null : stringifyJson(metadata);
  return [file.path, file.bytes, file.sha256, type ?? null, reference ?? null, text];
}

/** What to find an event by, beside its data. */
function labels(event: Recorded): readonly [kind: string, name: Cell, step: Cell] {
  const kind = event.kind === "unknown" ? event.was : event.kind;
  const name = "name" in event ? event.name : "title" in event ? event.title : "from" in event ? event.from : null;
  return [kind, name, "step" in event ? (event.step ?? null) : null];
}
