import {
  type ArtifactLogged,
  eventBody,
  isSpelled,
  type Json,
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

  function add(table: TableName, event: Recorded, cells: readonly Cell[]): void {
    let data = laid.get(table);
    if (!data) {
      data = tables[table].map(() => []);
      laid.set(table, data);
    }
    const [at, ms] = timeCells(event.at);
    data[0]!.push(event.seq);
    data[1]!.push(at);
    data[2]!.push(ms);
    for (let i = 0; i < cells.length; i++) data[i + 3]!.push(cells[i]!);
  }

  for (const event of events) {
    let rows = 0;
    if (event.kind === "metrics.logged") {
      const context = event.context && Object.keys(event.context).length > 0 ? JSON.stringify(event.context) : null;
      for (const name of Object.keys(event.values)) {
        add("metrics", event, [event.step ?? null, name, event.values[name]!, context]);
        rows++;
      }
    } else if (event.kind === "params.set") {
      for (const [name, value] of Object.entries(event.values)) {
        add("params", event, [name, ...paramCells(value)]);
        rows++;
      }
    } else if (event.kind === "tags.set") {
      for (const [name, value] of Object.entries(event.values)) {
        add("tags", event, [name, value, value === null]);
        rows++;
      }
    } else if (event.kind === "artifact.logged") {
      add("artifacts", event, artifactCells(event));
      rows++;
    }
    if (rows === 0) add("events", event, [...labels(event), `${eventBody(event)}}`]);
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
