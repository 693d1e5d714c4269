import {
  eventBody,
  parseBody,
  type Recorded,
  type RunEnded,
  type RunStarted,
  type RunStatus,
  stringifyJson,
} from "@runferry/core";
import type { Cell, Column, Rows } from "./tables.ts";
import { timeCell } from "./times.ts";

/** What is known of a run as a whole. Its own end and one that was seen from outside come in streams of their own. */
export interface RunFacts {
  /** The last event of `main` that is here. */
  readonly lastSeq: number;
  readonly ownEnd: Recorded<RunEnded> | undefined;
  readonly observedEnd: Recorded<RunEnded> | undefined;
}

export const noFacts: RunFacts = { lastSeq: 0, ownEnd: undefined, observedEnd: undefined };

interface Field extends Column {
  value(run: string, started: RunStarted | undefined, facts: RunFacts): Cell | undefined;
}

/** The table `runs`, column by column. */
const fields: readonly Field[] = [
  { name: "run_id", type: "text", isRequired: true, value: (run) => run },
  { name: "run_name", type: "text", value: (_, started) => started?.name },
  { name: "experiment_name", type: "text", value: (_, started) => started?.experiment },
  { name: "status", type: "text", isRequired: true, value: (_, __, facts) => statusOf(facts) },
  { name: "created_at", type: "time", value: (_, started) => started && timeCell(started.createdAt) },
  { name: "ended_at", type: "time", value: (_, __, facts) => timeOf(endOf(facts)) },
  { name: "exit_code", type: "integer", value: (_, __, facts) => endOf(facts)?.exitCode },
  { name: "error_type", type: "text", value: (_, __, facts) => endOf(facts)?.error?.type },
  { name: "error_message", type: "text", value: (_, __, facts) => endOf(facts)?.error?.message },
  { name: "parent_id", type: "text", value: (_, started) => started?.parent },
  { name: "group_name", type: "text", value: (_, started) => started?.group },
  { name: "description", type: "text", value: (_, started) => started?.description },
  { name: "user_name", type: "text", value: (_, started) => started?.user },
  { name: "host", type: "text", value: (_, started) => started?.host },
  { name: "pid", type: "integer", value: (_, started) => started?.pid },
  { name: "command", type: "text", value: (_, started) => started?.command && stringifyJson(started.command) },
  { name: "git_commit", type: "text", value: (_, started) => started?.git?.commit },
  { name: "git_branch", type: "text", value: (_, started) => started?.git?.branch },
  { name: "git_dirty", type: "boolean", value: (_, started) => started?.git?.dirty },
  { name: "system", type: "text", value: (_, started) => started?.system && stringifyJson(started.system) },
  { name: "source_layout", type: "text", value: (_, started) => started?.source?.layout },
  { name: "source_id", type: "text", value: (_, started) => started?.source?.id },
  { name: "last_seq", type: "integer", isRequired: true, value: (_, __, facts) => facts.lastSeq },
  { name: "own_end", type: "text", value: (_, __, facts) => textOf(facts.ownEnd) },
  { name: "observed_end", type: "text", value: (_, __, facts) => textOf(facts.observedEnd) },
];

export const runColumns: readonly Column[] = fields;

export function runRow(run: string, started: RunStarted | undefined, facts: RunFacts): Rows {
  const data = fields.map(({ value }) => [value(run, started, facts) ?? null]);
  return { columns: runColumns, constants: [], data, length: 1 };
}

/** What such a row says. */
export function factsOf(row: { readonly [column: string]: Cell }): RunFacts {
  const { last_seq: lastSeq } = row;
  return {
    lastSeq: typeof lastSeq === "number" ? lastSeq : 0,
    ownEnd: endIn(row.own_end),
    observedEnd: endIn(row.observed_end),
  };
}

/** The facts after some events of `main`, or of the stream that watches it. */
export function withMain(
  facts: RunFacts,
  batch: readonly Recorded[],
  endBefore: Recorded<RunEnded> | undefined,
): RunFacts {
  let ownEnd = endBefore;
  for (const event of batch) {
    if (event.kind === "run.ended") ownEnd = event;
    else if (event.kind === "run.resumed") ownEnd = undefined;
  }
  return { ...facts, lastSeq: batch.at(-1)!.seq, ownEnd };
}

export function withObserved(facts: RunFacts, batch: readonly Recorded[]): RunFacts {
  let { observedEnd } = facts;
  for (const event of batch) {
    if (event.kind !== "run.ended") continue;
    const isEarlier = observedEnd && (event.at - observedEnd.at || event.seq - observedEnd.seq) < 0;
    if (!isEarlier) observedEnd = event;
  }
  return { ...facts, observedEnd };
}

/** The end that holds: the run's own, or one seen from outside unless the run has gone on since. */
export function endOf({ ownEnd, observedEnd, lastSeq }: RunFacts): Recorded<RunEnded> | undefined {
  if (ownEnd || !observedEnd) return ownEnd;
  return observedEnd.after !== undefined && lastSeq > observedEnd.after ? undefined : observedEnd;
}

function statusOf(facts: RunFacts): RunStatus {
  return endOf(facts)?.status ?? "running";
}

function timeOf(end: Recorded<RunEnded> | undefined): number | null {
  return end ? timeCell(end.at) : null;
}

function textOf(end: Recorded<RunEnded> | undefined): string | null {
  if (!end) return null;
  const { summary: _summary, ...rest } = end; // it only repeats what the points say
  return `${eventBody(rest)}}`;
}

function endIn(text: Cell | undefined): Recorded<RunEnded> | undefined {
  const event = typeof text === "string" && text.endsWith("}") ? parseBody(text.slice(0, -1)) : undefined;
  return typeof event === "object" && event.kind === "run.ended" ? (event as Recorded<RunEnded>) : undefined;
}
