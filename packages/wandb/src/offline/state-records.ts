import type { Definition, JsonTexts, Laid, RunFields } from "../mapping/index.ts";
import type { Item, LogRecord, Timestamp } from "./messages.ts";

// The records that say how the run stands. They come last in the file, and give way to the next that is written.

/** The run as it is, what it has been told, and how it ended: all of it, whatever has changed. */
export function stateRecords(laid: Laid): readonly LogRecord[] {
  const { run, config, definitions, summary, end } = laid;
  return [
    ...(run ? [runRecord(run)] : []),
    ...(config ? [{ config: { update: itemsOf(config) } }] : []),
    ...(definitions ? definitionRecords(definitions) : []),
    ...(summary ? [{ summary: { update: itemsOf(summary) } }] : []),
    ...(end ? [exitRecord(end, run?.startedAt ?? end.at)] : []),
  ];
}

/** What opens the file: nothing of a run is uploaded before its record. */
export function openingRecords(laid: Laid): readonly LogRecord[] {
  const { run, config } = laid;
  if (!run) return [];
  const opened = runRecord(run);
  return [
    { header: { versionInfo: { producer: "runferry", minConsumer: "0.70.0" } } },
    { run: { ...opened.run, ...(config ? { config: { update: itemsOf(config) } } : {}) } },
    ...environmentRecords(run),
  ];
}

function runRecord(run: RunFields): LogRecord {
  const { id, project, displayName, notes, group, jobType, host, commit, tags } = run;
  return {
    run: {
      runId: id,
      project,
      displayName,
      tags,
      startTime: timestampOf(run.startedAt),
      ...(group === undefined ? {} : { runGroup: group }),
      ...(jobType === undefined ? {} : { jobType }),
      ...(notes === undefined ? {} : { notes }),
      ...(host === undefined ? {} : { host }),
      ...(commit === undefined ? {} : { git: { commit } }),
    },
  };
}

function environmentRecords({ id, command, host, commit, startedAt }: RunFields): readonly LogRecord[] {
  if (!command && host === undefined && commit === undefined) return [];
  const [program, ...args] = command ?? [];
  return [
    {
      environment: {
        startedAt: timestampOf(startedAt),
        writerId: id,
        ...(program === undefined ? {} : { program, args }),
        ...(host === undefined ? {} : { host }),
        ...(commit === undefined ? {} : { git: { commit } }),
      },
    },
  ];
}

/** An axis is told before what is measured against it. */
function definitionRecords(definitions: readonly Definition[]): readonly LogRecord[] {
  const names = new Set(definitions.map(({ name }) => name));
  const axes = definitions.flatMap(({ stepMetric }) => (stepMetric === undefined ? [] : [stepMetric]));
  const others = [...new Set(axes.filter((axis) => !names.has(axis)))];
  return [
    ...others.map((name): LogRecord => ({ metric: { name } })),
    ...definitions.map(
      ({ name, stepMetric, goal }): LogRecord => ({
        metric: {
          name,
          ...(stepMetric === undefined ? {} : { stepMetric }),
          options: { defined: true },
          ...(goal === undefined ? {} : { summary: { [goal]: true, last: true }, goal: goal === "min" ? 1 : 2 }),
        },
      }),
    ),
  ];
}

export function exitRecord({ exitCode, at }: { exitCode: number; at: number }, startedAt: number): LogRecord {
  return { exit: { exitCode, runtime: Math.max(0, Math.floor((at - startedAt) / 1000)) } };
}

function itemsOf(texts: JsonTexts): readonly Item[] {
  return [...texts].map(([key, valueJson]) => ({ key, valueJson }));
}

export function timestampOf(at: number): Timestamp {
  const seconds = Math.floor(at / 1000);
  return { seconds, nanos: Math.round((at - seconds * 1000) * 1000) * 1000 };
}
