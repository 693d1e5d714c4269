import type { MetricSummary, MetricsLogged, Recorded } from "@runferry/core";

export type Summary = { readonly [metric: string]: MetricSummary };

/** Folds what `run.ended` says of each metric, an event at a time and in memory bounded by the number of metrics. */
export interface SummaryFold {
  add(event: Recorded<MetricsLogged>): void;
  readonly summary: Summary;
}

interface Row {
  count: number;
  min: number;
  max: number;
  first: number;
  last: number;
  firstAt: number;
  firstStep: number;
  lastAt: number;
  lastStep: number;
}

/** The first and the last value are the least and the greatest by (at, step, value), as in the fold of a run. */
export function createSummaryFold(): SummaryFold {
  const rows = new Map<string, Row>();

  function add(event: Recorded<MetricsLogged>): void {
    const { at, values } = event;
    const step = event.step ?? Number.NEGATIVE_INFINITY;
    for (const name in values) {
      const value = values[name]!;
      const row = rows.get(name);
      if (row === undefined) rows.set(name, newRow(at, step, value));
      else addTo(row, at, step, value);
    }
  }

  return {
    add,
    get summary() {
      return Object.fromEntries(
        [...rows].map(([name, { count, min, max, first, last }]) => [name, { count, min, max, first, last }]),
      );
    },
  };
}

function newRow(at: number, step: number, value: number): Row {
  const [first, last, firstAt, firstStep, lastAt, lastStep] = [value, value, at, step, at, step];
  return { count: 1, min: value, max: value, first, last, firstAt, firstStep, lastAt, lastStep };
}

function addTo(row: Row, at: number, step: number, value: number): void {
  row.count++;
  // NaN is counted, and is the least and greatest only where there is nothing else.
  if (!(row.min <= value) && !Number.isNaN(value)) row.min = value;
  if (!(row.max >= value) && !Number.isNaN(value)) row.max = value;
  if (isBefore(row.lastAt, row.lastStep, row.last, at, step, value)) {
    row.last = value;
    row.lastAt = at;
    row.lastStep = step;
  } else if (isBefore(at, step, value, row.firstAt, row.firstStep, row.first)) {
    row.first = value;
    row.firstAt = at;
    row.firstStep = step;
  }
}

function isBefore(at: number, step: number, value: number, otherAt: number, otherStep: number, other: number): boolean {
  if (at !== otherAt) return at < otherAt;
  if (step !== otherStep) return step < otherStep;
  if (Number.isNaN(value) || Number.isNaN(other)) return Number.isNaN(other) && !Number.isNaN(value);
  return value < other || (value === other && Object.is(value, -0) && !Object.is(other, -0));
}

/**
 * The summary of events that are read twice: what a later `run.resumed { fromStep }` superseded is not in it, and no
 * points are held for that.
 */
export function summaryOf(read: () => Iterable<Recorded>): Summary {
  const resumes: { readonly seq: number; readonly fromStep: number }[] = [];
  for (const event of read()) {
    if (event.kind === "run.resumed" && event.fromStep !== undefined) {
      resumes.push({ seq: event.seq, fromStep: event.fromStep });
    }
  }
  const fold = createSummaryFold();
  for (const event of read()) {
    if (event.kind !== "metrics.logged") continue;
    const { seq, step } = event;
    const gone = step !== undefined && resumes.some((resume) => resume.seq > seq && step >= resume.fromStep);
    if (!gone) fold.add(event);
  }
  return fold.summary;
}
