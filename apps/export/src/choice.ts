import { isGlob, RunferryError } from "@runferry/core";
import { type ChoosableRun, chooseRuns, suggestion } from "@runferry/tracker";
import { fullName } from "./run-label.ts";

/** Which of the runs there are. Whatever is given has to hold; without anything it is all of them. */
export interface Choice {
  /** Ids or their beginnings, names, `experiment/name`, or patterns of these with `*` and `?`; also of experiments. */
  readonly runs?: readonly string[];
  /** Experiments, or patterns of them. */
  readonly experiments?: readonly string[];
  readonly status?: readonly string[];
  /** Started at this time or later, and before that one. Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** In the grammar of docs/filters.md. */
  readonly filter?: string;
  /** The metric that `top` goes by. */
  readonly by?: Ranking;
  /** The best ones, by their last value. */
  readonly top?: number;
  /** The newest ones of what is left. */
  readonly limit?: number;
}

export interface Ranking {
  readonly metric: string;
  readonly mode: "min" | "max";
}

export function choose<R extends ChoosableRun>(runs: readonly R[], choice: Choice): readonly R[] {
  const { experiments, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = choice;
  const named = runs.filter(
    (run) =>
      (choice.runs === undefined || choice.runs.some((pattern) => isMeant(run, pattern))) &&
      (experiments === undefined || experiments.some((pattern) => isGlob(run.experiment, pattern))) &&
      run.startedAt >= since &&
      run.startedAt < until,
  );
  const passing = chooseRuns(named, {
    ...(choice.filter === undefined ? {} : { filter: choice.filter }),
    ...(choice.status === undefined ? {} : { status: choice.status }),
  });
  const ranked = choice.by === undefined || choice.top === undefined ? passing : rankedBy(passing, choice.by);
  return ranked.slice(0, choice.top).slice(0, choice.limit);
}

/** Whether a word of a command line means the run. */
export function isMeant(run: ChoosableRun, pattern: string): boolean {
  const names = [run.name, fullName(run), run.experiment];
  return run.id.startsWith(pattern) || names.some((one) => isGlob(one, pattern));
}

export function isPattern(word: string): boolean {
  return /[*?]/.test(word);
}

/** The best first; of equal ones the earliest. Those without the metric, or with NaN, are none of the best. */
function rankedBy<R extends ChoosableRun>(runs: readonly R[], { metric, mode }: Ranking): readonly R[] {
  const sign = mode === "min" ? 1 : -1;
  const names = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  if (runs.length > 0 && !names.has(metric)) {
    throw new RunferryError("bad_option", `no run that is chosen has a metric ${JSON.stringify(metric)}`, {
      hint: suggestion(metric, names) || `they have ${[...names].slice(0, 8).join(", ") || "no metrics"}`,
      data: "nothing was changed",
    });
  }
  return runs
    .flatMap((run) => {
      const value = Object.hasOwn(run.metrics, metric) ? run.metrics[metric]!.last * sign : Number.NaN;
      return Number.isNaN(value) ? [] : [{ run, value }];
    })
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.run.startedAt - b.run.startedAt))
    .map(({ run }) => run);
}

export function nothingChosen(where: string, choice: Choice): RunferryError {
  return new RunferryError("not_found", `no run in ${where} is chosen`, {
    hint:
      Object.keys(choice).length === 0
        ? "log a run first, or name another store with --dir"
        : "choose less strictly; look at the runs with runferry ls, or runferry plan",
    data: "nothing was changed",
  });
}
