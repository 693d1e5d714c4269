import { RunferryError } from "@runferry/core";
import { suggestion } from "../near-names.ts";
import type { LoggedRun } from "./logged-run.ts";

export interface BestRunOptions {
  /** Default: the goal that `metric.defined` gave. */
  readonly mode?: "min" | "max";
  /** Rank by the last value of each run (default), or by the best it ever had. */
  readonly of?: "last" | "best";
  readonly experiment?: string;
  readonly filter?: string;
}

/** The best of the runs by a metric; of equal ones the earliest. Runs whose value is NaN are passed over. */
export function bestRun(metric: string, runs: readonly LoggedRun[], options: BestRunOptions): LoggedRun {
  const { of = "last" } = options;
  const having = runs.filter((run) => metric in run.metrics).sort((a, b) => a.startedAt - b.startedAt);
  if (having.length === 0) throw noMetric(metric, runs, options);
  const mode = options.mode ?? having.findLast((run) => run.goals[metric] !== undefined)?.goals[metric];
  if (mode !== "min" && mode !== "max") throw noMode(metric, mode);
  if (of !== "last" && of !== "best") throw badChoice("of", of, "last or best");
  let best: { readonly run: LoggedRun; readonly value: number } | undefined;
  for (const run of having) {
    const value = run.metrics[metric]![of === "last" ? "last" : mode];
    if (Number.isNaN(value)) continue;
    if (best === undefined || (mode === "min" ? value < best.value : value > best.value)) best = { run, value };
  }
  if (best) return best.run;
  throw new RunferryError("not_found", `${metric} is NaN in every run that has it (${having.length})`, {
    hint: "look at its points with metrics[name].series()",
    data: "nothing was changed",
  });
}

function noMetric(metric: string, runs: readonly LoggedRun[], { experiment, filter }: BestRunOptions): RunferryError {
  const names = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  const among = [
    ...(experiment === undefined ? [] : [`of the experiment ${JSON.stringify(experiment)}`]),
    ...(filter === undefined ? [] : ["that passes the filter"]),
  ];
  const which = ["no run", ...among].join(" ");
  const some = [...names].slice(0, 8).join(", ") || "no metrics";
  return new RunferryError("not_found", `${which} has a metric called ${JSON.stringify(metric)}`, {
    hint: suggestion(metric, names) || `${runs.length === 1 ? "the run has" : `the ${runs.length} runs have`} ${some}`,
    data: "nothing was changed",
  });
}

function noMode(metric: string, mode: unknown): RunferryError {
  if (mode !== undefined) return badChoice("mode", mode, "min or max");
  return new RunferryError("bad_option", `nothing says whether less or more of ${metric} is better`, {
    hint: 'pass mode: "min" or "max", or define the metric with a goal when logging',
    data: "nothing was changed",
  });
}

function badChoice(option: string, given: unknown, choices: string): RunferryError {
  return new RunferryError("bad_option", `${option} is ${JSON.stringify(given)}, not ${choices}`, {
    hint: `use ${choices}`,
    data: "nothing was changed",
  });
}
