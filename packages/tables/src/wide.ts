import {
  contextKey,
  getOrCreate,
  isSpelled,
  type Json,
  type Point,
  type RunView,
  stringifyJson,
  summarise,
} from "@runferry/core";
import type { Cell, Column, ColumnType, Rows } from "./tables.ts";
import { timeCell } from "./times.ts";

/** Wide tables are for people and small: a run that would need more has its long tables. */
const mostColumns = 5000;
const mostCells = 500_000;

/** One row with all of a run: `params.<name>`, `tags.<name>`, and of each metric the last, least and greatest value. */
export function wideRun(view: RunView): Rows | undefined {
  const { started, ended, status } = view;
  const cells: [name: string, type: ColumnType, cell: Cell][] = [
    ...nameCells(view),
    ["status", "text", status],
    ["created_at", "time", started ? timeCell(started.createdAt) : null],
    ["ended_at", "time", ended ? timeCell(ended.at) : null],
  ];
  for (const [name, value] of view.params) cells.push([`params.${name}`, ...paramCell(value)]);
  for (const [name, value] of view.tags) cells.push([`tags.${name}`, "text", value]);
  for (const [name, { series }] of view.metrics) {
    const { last, min, max } = summarise(series);
    cells.push([`metrics.${name}`, "double", last?.value ?? null]);
    cells.push(
      [`metrics_min.${name}`, "double", last ? min : null],
      [`metrics_max.${name}`, "double", last ? max : null],
    );
  }
  if (cells.length > mostColumns) return undefined;
  const columns = cells.map(([name, type]): Column => ({ name, type }));
  return { columns, constants: [], data: cells.map(([, , cell]) => [cell]), length: 1 };
}

/**
 * A row for each step and context, and one for each time of points without a step, with the columns `metrics.<name>`. Of
 * two values for one cell it has the later one.
 */
export function wideMetrics(view: RunView): Rows | undefined {
  const all = [...view.metrics].filter(([, { series }]) => series.length > 0);
  const longest = all.reduce((length, [, { series }]) => Math.max(length, series.length), 0);
  if (all.length > mostColumns || all.length * longest > mostCells) return undefined;
  const byContext = new Map<string, { readonly steps: Map<number, number>; readonly times: Map<number, number> }>();
  const [steps, ats, contexts]: [Cell[], number[], Cell[]] = [[], [], []];
  const metrics: { readonly name: string; readonly values: number[] }[] = [];
  for (const [name, { series }] of all) {
    const values: number[] = [];
    const times: number[] = [];
    for (const point of series.points()) {
      const row = rowOf(point);
      if (times[row] !== undefined && times[row] > point.at) continue;
      values[row] = point.value;
      times[row] = point.at;
    }
    metrics.push({ name, values });
    if (all.length * steps.length > mostCells) return undefined;
  }

  function rowOf({ step, at, context }: Point): number {
    const key = contextKey(context);
    const places = getOrCreate(byContext, key, () => ({ steps: new Map(), times: new Map() }));
    const [rows, place] = step === undefined ? [places.times, at] : [places.steps, step];
    let row = rows.get(place);
    if (row === undefined) {
      row = steps.length;
      rows.set(place, row);
      steps.push(step ?? null);
      ats.push(at);
      contexts.push(key === "" ? null : JSON.stringify(context));
    } else if (at > ats[row]!) {
      ats[row] = at;
    }
    return row;
  }

  const length = steps.length;
  const order = Array.from({ length }, (_, row) => row).sort((a, b) => ats[a]! - ats[b]! || a - b);
  const ordered = (cells: readonly (Cell | undefined)[]) => order.map((row) => cells[row] ?? null);
  const names = nameCells(view);
  const columns: readonly Column[] = [
    ...names.map(([name, type]) => ({ name, type })),
    { name: "step", type: "integer" },
    { name: "time", type: "time" },
    { name: "context", type: "text" },
    ...metrics.map(({ name }): Column => ({ name: `metrics.${name}`, type: "double" })),
  ];
  const data = [steps, ats.map(timeCell), contexts, ...metrics.map(({ values }) => values)].map(ordered);
  return { columns, constants: names.map(([, , cell]) => cell), data, length };
}

function nameCells({ id, started }: RunView): readonly [name: string, type: ColumnType, cell: Cell][] {
  return [
    ["run_id", "text", id],
    ["run_name", "text", started?.name ?? null],
    ["experiment_name", "text", started?.experiment ?? null],
  ];
}

/** Numbers as numbers, and everything else as text. */
function paramCell(value: Json): readonly [type: ColumnType, cell: Cell] {
  if (typeof value === "number") return ["double", value];
  if (isSpelled(value)) return ["double", Number(value.rawJSON)];
  return ["text", typeof value === "string" ? value : stringifyJson(value)];
}
