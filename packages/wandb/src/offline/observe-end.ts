import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Dated, type JsonObject, type RunEnded, stringifyJson, type WriteContext } from "@runferry/core";
import { exitCodeOf, observedConfig, observedKey } from "../mapping/index.ts";
import { runKey } from "../mapping/names.ts";
import type { SideEffects } from "./backend.ts";
import { ifThere } from "./if-there.ts";
import { createLogWriter } from "./log-writer.ts";
import type { LogRecord } from "./messages.ts";
import { putLog } from "./put-log.ts";
import { readLogFile } from "./read-log-file.ts";
import type { RunDirectory } from "./run-directory.ts";
import { encodeRecord } from "./schema.ts";
import { createStage } from "./stage-files.ts";
import { exitRecord } from "./state-records.ts";

/** An end that was seen from outside. It lies beside the log, for whoever writes the log of the run behind it. */
export interface ObservedEnd {
  readonly ended: JsonObject;
  readonly exitCode: number;
  readonly at: number;
  readonly startedAt: number;
}

const fileName = "observed-end.json";

export async function readObservedEnd({ folder }: RunDirectory): Promise<ObservedEnd | undefined> {
  const text = await ifThere(readFile(join(folder, fileName), "utf8"));
  return text === undefined ? undefined : (JSON.parse(text) as ObservedEnd);
}

/** For a run that has gone on. */
export async function forgetObservedEnd({ folder }: RunDirectory, effects: SideEffects): Promise<void> {
  effects.point("forget the end");
  await effects.fileSystem.rm(join(folder, fileName), { force: true });
}

/** They stand last in the log of the run. Their number would depend on what was written when, so they have none. */
export function observedRecords({ ended, exitCode, at, startedAt }: ObservedEnd): readonly LogRecord[] {
  const item = { nestedKey: [runKey, observedKey], valueJson: stringifyJson(ended) };
  return [{ config: { update: [item] } }, exitRecord({ exitCode, at }, startedAt)];
}

/** Ends the log of `main` with an end that another process saw, unless it has one of its own. */
export async function putObservedEnd(
  directory: RunDirectory,
  ended: Dated<RunEnded>,
  startedAt: number,
  context: WriteContext,
  effects: SideEffects,
): Promise<void> {
  const observed = { ended: observedConfig(ended), exitCode: exitCodeOf(ended), at: ended.at, startedAt };
  await createStage(directory.folder, context, effects).write(JSON.stringify(observed), fileName);
  const from = await endOfLog(directory.log);
  if (from === undefined) return;
  const writer = createLogWriter(from);
  for (const record of observedRecords(observed)) writer.add(encodeRecord(record));
  await putLog(directory, from, writer.take(), effects);
}

/** Where the end belongs: in place of one that was seen earlier. Undefined where there is no log, or one that has ended. */
async function endOfLog(log: string): Promise<number | undefined> {
  const found = await ifThere(stat(log));
  if (!found) return undefined;
  for await (const pieces of readLogFile(log, ["config", "exit"])) {
    for (const piece of pieces) {
      if (!("record" in piece)) continue;
      const { config, exit } = piece.record;
      if (config?.update?.some(({ nestedKey }) => nestedKey?.[1] === observedKey)) return piece.offset;
      if (exit) return undefined;
    }
  }
  return found.size;
}
