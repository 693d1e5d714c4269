import type { JsonObject } from "@runferry/core";
import { ownKey, type RemoteRun } from "../mapping/index.ts";
import { createUpdated, definitionsOf } from "./config-of.ts";
import { type FoundRun, type LogFile, timeOfStamp } from "./find-runs.ts";
import type { ArtifactRecord, EnvironmentRecord, MetricRecord, RunRecord } from "./messages.ts";
import { type RecordKind, readLogFile } from "./read-log-file.ts";
import { keysOf } from "./row-text.ts";

/** What is told of a run as a whole. The rows and the console are read one after the other, later. */
export interface ScannedRun {
  readonly remote: RemoteRun;
  /** Keys of the summary that no row has, with their values. */
  readonly summaryOnly: JsonObject;
  /** Files that the run lists, below `files` of one of its folders. */
  readonly listed: readonly string[];
  readonly artifacts: readonly ArtifactRecord[];
}

const kinds: readonly RecordKind[] = [
  "run",
  "config",
  "summary",
  "files",
  "artifact",
  "metric",
  "exit",
  "environment",
  "stats",
  "outputRaw",
];

/** `files` are the parts of a run that was taken up again, the earlier before the later. */
export async function scanRun(found: FoundRun, files: readonly LogFile[]): Promise<ScannedRun> {
  const config = createUpdated();
  const summary = createUpdated();
  const metrics: MetricRecord[] = [];
  const artifacts: ArtifactRecord[] = [];
  const listed = new Set<string>();
  /** As patterns of definitions see them, and the top level of each. */
  const columns = new Set<string>();
  const tops = new Set<string>();
  let run: RunRecord = {};
  let environment: EnvironmentRecord = {};
  let exitCode: number | undefined;
  let lastAt = files[0]!.createdAt;
  // The rows of a run of ours tell nothing that would be needed here.
  const wanted = found.isOwn ? kinds.filter((kind) => kind !== "outputRaw") : [...kinds, "history" as const];
  for (const file of files) {
    exitCode = undefined;
    for await (const pieces of readLogFile(file.path, wanted)) {
      for (const piece of pieces) {
        if (!("record" in piece)) continue;
        const { record } = piece;
        if (record.run) {
          run = { ...run, ...record.run };
          config.apply(record.run.config);
          summary.apply(record.run.summary);
        }
        config.apply(record.config);
        summary.apply(record.summary);
        if (record.metric) metrics.push(record.metric);
        if (record.artifact) artifacts.push(record.artifact);
        if (record.environment) environment = { ...environment, ...record.environment };
        for (const { path } of record.files?.files ?? []) if (path) listed.add(path);
        for (const item of record.history?.item ?? []) {
          const keys = keysOf(item);
          const column = keys.join(".");
          columns.add(column);
          tops.add(keys[0]!);
          if (column === "_timestamp") lastAt = Math.max(lastAt, Number(item.valueJson ?? item.number) * 1000 || 0);
        }
        const told = timeOfStamp(record.stats?.timestamp ?? record.outputRaw?.timestamp);
        if (told !== undefined) lastAt = Math.max(lastAt, told);
        if (record.exit) exitCode = record.exit.exitCode ?? 0;
      }
    }
  }
  const { [ownKey]: own, ...others } = config.value();
  const ended =
    exitCode === undefined
      ? undefined
      : { status: exitCode === 0 ? ("finished" as const) : ("failed" as const), at: lastAt, exitCode };
  const { program, args = [], username, host, git } = environment;
  const remote: RemoteRun = {
    id: files[0]!.runId,
    project: run.project || files[0]!.project,
    displayName: run.displayName,
    createdAt: files[0]!.createdAt,
    group: run.runGroup,
    notes: run.notes,
    tags: run.tags ?? [],
    host: run.host || host,
    commit: run.git?.commit || git?.commit,
    command: program ? [program, ...args] : undefined,
    user: username,
    ended,
    config: {
      ...others,
      ...(found.isOwn && own !== undefined ? { [ownKey]: own } : {}),
      _wandb: { m: definitionsOf(metrics, columns) },
    },
  };
  return { remote, summaryOnly: found.isOwn ? {} : onlyIn(summary.value(), tops), listed: [...listed], artifacts };
}

function onlyIn(summary: JsonObject, tops: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(summary).filter(([key]) => !key.startsWith("_") && !tops.has(key)));
}
