import {
  type FilterSubject,
  matches,
  parseFilter,
  parseOrder,
  RunferryError,
  type RunStatus,
  sortedBy,
  statusOfWord,
} from "@runferry/core";
import type { LoggedRun } from "./logged-run.ts";

export interface ChooseOptions {
  /** In the grammar of MLflow's filters: `metrics.val_loss < 0.3 and params.lr = '1e-05'`. */
  readonly filter?: string;
  readonly experiment?: string;
  /** `finished`, or the word of another tracker for it. */
  readonly status?: string | readonly string[];
  /** `metrics.val_auc desc, start_time`; default: newest first. */
  readonly orderBy?: string;
  readonly limit?: number;
}

/** What a choice looks at of a run. */
export type ChoosableRun = Pick<
  LoggedRun,
  | "id"
  | "name"
  | "experiment"
  | "status"
  | "startedAt"
  | "endedAt"
  | "user"
  | "description"
  | "group"
  | "parent"
  | "host"
  | "spelledParams"
  | "tags"
> & { readonly metrics: { readonly [name: string]: { readonly last: number } } };

interface Candidate<R> extends FilterSubject {
  readonly run: R;
}

/** The runs that pass all conditions, in order. */
export function chooseRuns<R extends ChoosableRun>(runs: readonly R[], options: ChooseOptions): readonly R[] {
  const { experiment, limit } = options;
  const filter = parseFilter(options.filter ?? "");
  const orders = parseOrder(options.orderBy ?? "");
  const statuses = options.status === undefined ? undefined : [options.status].flat().map(statusOf);
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) throw badLimit(limit);
  const candidates = runs
    .filter((run) => experiment === undefined || run.experiment === experiment)
    .filter((run) => statuses === undefined || statuses.includes(run.status))
    .map(candidateOf)
    .filter((candidate) => matches(filter, candidate));
  const sorted = sortedBy(candidates, orders);
  return sorted.slice(0, limit).map(({ run }) => run);
}

function candidateOf<R extends ChoosableRun>(run: R): Candidate<R> {
  return {
    run,
    attributes: {
      run_id: run.id,
      run_name: run.name,
      experiment: run.experiment,
      status: run.status,
      start_time: run.startedAt,
      end_time: run.endedAt,
      user_id: run.user,
      description: run.description,
      group: run.group,
      parent: run.parent,
      host: run.host,
    },
    get params() {
      return run.spelledParams;
    },
    get tags() {
      return run.tags;
    },
    get metrics() {
      return run.metrics;
    },
  };
}

function statusOf(word: string): RunStatus {
  const status = statusOfWord(word);
  if (status !== undefined) return status;
  throw new RunferryError("bad_option", `there is no status ${JSON.stringify(word)}`, {
    hint: "use running, finished, failed or killed",
    data: "nothing was changed",
  });
}

function badLimit(limit: number): RunferryError {
  return new RunferryError("bad_option", `limit is ${limit}, not a whole number from 0 up`, {
    hint: "leave it out to get every run",
    data: "nothing was changed",
  });
}
