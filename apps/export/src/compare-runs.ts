import { isSpelled, type Json, pythonText } from "@runferry/core";
import { type InStore, type LoggedRun, openReader, type PlainValue } from "@runferry/tracker";
import type { Ranking } from "./choice.ts";
import { maskedParams } from "./output/masked-run.ts";
import { storeFolder } from "./store-folder.ts";

export interface CompareOptions {
  /** Sorts the runs, the best first, and says which is the best. */
  readonly by?: Ranking;
  /** How many runs. Default: all. */
  readonly top?: number;
  /** Also columns in which the runs do not differ. */
  readonly all?: boolean;
}

export interface Comparison {
  /** Params first, then metrics. */
  readonly columns: readonly { readonly kind: "param" | "metric"; readonly name: string }[];
  /** In order; each has a value or undefined for every column. */
  readonly rows: readonly { readonly run: LoggedRun; readonly values: readonly (Json | undefined)[] }[];
  readonly best: LoggedRun | undefined;
}

/** Runs side by side: their params and the last value of each metric, without what tells none from another. */
export function compareRuns(runs: readonly LoggedRun[], { by, top, all = false }: CompareOptions = {}): Comparison {
  const last = (run: LoggedRun, metric: string) => run.metrics[metric]?.last ?? Number.NaN;
  const sign = by?.mode === "min" ? 1 : -1;
  const sorted = by
    ? [...runs].sort(
        (a, b) => rank(last(a, by.metric) * sign) - rank(last(b, by.metric) * sign) || a.startedAt - b.startedAt,
      )
    : runs;
  const shown = sorted.slice(0, top ?? sorted.length);
  const params = new Map(shown.map((run) => [run, maskedParams(run)]));
  const valueIn = (run: LoggedRun, { kind, name }: Comparison["columns"][number]): Json | undefined => {
    if (kind === "metric") return run.metrics[name]?.last;
    const own = params.get(run)!;
    return Object.hasOwn(own, name) ? own[name] : undefined;
  };
  const columns = [
    ...namesOf(shown, (run) => Object.keys(params.get(run)!)).map((name) => ({ kind: "param", name }) as const),
    ...namesOf(shown, (run) => Object.keys(run.metrics)).map((name) => ({ kind: "metric", name }) as const),
  ].filter((column) => {
    if (all || shown.length < 2 || (column.kind === "metric" && column.name === by?.metric)) return true;
    return new Set(shown.map((run) => cellText(valueIn(run, column)))).size > 1;
  });
  const first = sorted[0];
  const best = by && first && !Number.isNaN(last(first, by.metric)) ? first : undefined;
  return { columns, rows: shown.map((run) => ({ run, values: columns.map((column) => valueIn(run, column)) })), best };
}

/** What `compareRows` gives of a run, by `run`, `id`, `experiment`, `status`, `params.<name>` and `metrics.<name>`. */
export type ComparedRow = { readonly [column: string]: PlainValue | undefined };

/** Runs, or what they are called, as rows: for `console.table` and any data frame. */
export function compareRows(
  chosen: readonly (string | LoggedRun)[],
  { dir, ...options }: CompareOptions & InStore = {},
): readonly ComparedRow[] {
  const isNamed = chosen.some((one) => typeof one === "string");
  const reader = isNamed ? openReader(storeFolder(dir, process.env, process.cwd())) : undefined;
  const runs = chosen.flatMap((one) => (typeof one === "string" ? (reader?.getRun(one) ?? []) : one));
  const { columns, rows } = compareRuns(runs, { all: true, ...options });
  return rows.map(({ run }) => ({
    run: run.name,
    id: run.id,
    experiment: run.experiment,
    status: run.status,
    ...Object.fromEntries(
      columns.map(({ kind, name }) => [
        `${kind}s.${name}`,
        kind === "param" ? run.params[name] : run.metrics[name]?.last,
      ]),
    ),
  }));
}

/** NaN is worse than anything. */
function rank(value: number): number {
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

function namesOf(runs: readonly LoggedRun[], names: (run: LoggedRun) => readonly string[]): readonly string[] {
  return [...new Set(runs.flatMap(names))];
}

/** A value as people write it; empty where there is none. */
export function cellText(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "number" && !isSpelled(value) ? String(value) : pythonText(value);
}
