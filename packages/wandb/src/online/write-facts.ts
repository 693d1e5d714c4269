import { addDifferences, type Difference, mainStream, type Recorded, type WriteContext } from "@runferry/core";
import type { RunPath, StreamUpdate, WandbClient } from "../client/index.ts";
import { type Alert, isVoid, layBatch, type MadeFile, noProgress, objectText } from "../mapping/index.ts";
import { streamRunId } from "../mapping/names.ts";
import { type Life, withObserved } from "./life.ts";
import { type Memo, memoOf } from "./memo.ts";
import { inOneGo } from "./one-go.ts";
import { metadataFile, placeRun } from "./remote-run.ts";
import { createHistoryLines, type HistoryLines, isSummaryTooLong, streamUpdates } from "./stream-lines.ts";
import { linkModel, of, writeArtifact } from "./write-artifact.ts";

export interface FactsWriting {
  readonly client: WandbClient;
  readonly project: string | undefined;
  readonly entity: () => Promise<string>;
  /** Sends lines, one request of a run at a time. */
  readonly send: (path: RunPath, update: StreamUpdate, signal: AbortSignal) => Promise<number | undefined>;
  readonly now: () => number;
  /** By the id there, what is known of `main`. */
  readonly lives: Map<string, Life>;
  /** Large buffers are dear to make: those of earlier batches that arrived. */
  readonly idle: HistoryLines[];
}

export type Written =
  | {
      /** The last event of which everything is there. */
      readonly through: number;
      readonly memo: Memo;
      readonly differences: readonly Difference[];
      readonly notBeforeMs: number | undefined;
    }
  | { readonly tooLong: number };

/** Alerts are sent after their rows, and some were not: the next attempt is told which, whatever rows it finds. */
export class AlertsWaiting extends Error {
  readonly memo: Memo;
  constructor(memo: Memo, cause: unknown) {
    super("an alert was not taken", { cause });
    this.memo = memo;
  }
}

/** Makes the facts of a batch hold there, as many as go at once and not more than `most`. All of it may be done again. */
export async function writeFacts(
  batch: readonly Recorded[],
  context: WriteContext,
  writing: FactsWriting,
  most?: number,
): Promise<Written> {
  const { client, project, entity, send, idle } = writing;
  const { run, as: own = run, stream, before, cursor, rest, signal } = context;
  const memo = memoOf(cursor.memo);
  const progress = memo?.progress ?? noProgress;
  const history = idle.pop() ?? createHistoryLines();
  history.clear();
  const laid = layBatch(inOneGo(batch, rest, history, most), {
    run,
    stream,
    before,
    progress,
    project,
    onRow: history.add,
  });
  if (history.tooLong !== undefined) return { tooLong: history.tooLong };
  const lives = stream === mainStream ? writing.lives : undefined;
  const summary = laid.summary && objectText(laid.summary);
  const summaryLeftOut = summary === undefined ? memo?.summaryLeftOut === true : isSummaryTooLong(summary);
  const id = stream === mainStream ? own : streamRunId(own, stream);
  const { path, storageId } = await placeRun({ client, run, id, laid, memo, lives, entity, signal });
  const life = lives?.get(path.run);
  const { isResumed } = laid;
  if (life) {
    life.mainSeq = Math.max(life.mainSeq, laid.lastSeq);
    life.mainEnded &&= !isResumed;
  }
  const goesOn = life?.observed !== undefined && isVoid(life.observed, life.mainSeq);
  const metadata = laid.run && !memo ? [{ path: "wandb-metadata.json", text: metadataFile(laid.run) }] : [];
  const uploaded = await putMade(client, path, [...metadata, ...laid.files], signal);
  const alerts = await dueAlerts(client, path, laid.alerts, memo, signal);
  let notBeforeMs: number | undefined;
  const updates = streamUpdates(laid, history.pieces, summary, progress, uploaded);
  let untold: Alert | undefined = alerts[0];
  try {
    for (const update of updates) notBeforeMs = await send(path, update, signal);
    for (const [i, alert] of alerts.entries()) {
      untold = alert;
      await raise(path, alert, writing, signal);
      untold = alerts[i + 1];
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (untold) throw new AlertsWaiting({ ...memo, path, storageId, progress, alertsFrom: untold.seq }, cause);
    throw cause;
  }
  idle.push(history);
  for (const artifact of laid.artifacts) await writeArtifact(client, path, artifact, context);
  for (const link of laid.links) await linkModel(client, path, link, signal);
  // Whatever is said after an end takes the run up again, so that the end is the last thing said.
  if (laid.end) notBeforeMs = await send(path, { exitCode: laid.end.exitCode }, signal);
  else if ((isResumed || goesOn) && updates.length === 0) notBeforeMs = await send(path, {}, signal);
  if (life && laid.end) life.mainEnded = true;
  // Last, so that whoever has to do this again still knows that the run had ended.
  if (life && goesOn) await forgetEnd(client, path, storageId, life, signal);
  const differences =
    summaryLeftOut && !memo?.summaryLeftOut
      ? addDifferences(laid.differences, [{ grade: "left out", kind: summaryKind, count: 1 }])
      : laid.differences;
  const next: Memo = { path, storageId, progress: laid.progress, ...(summaryLeftOut ? { summaryLeftOut } : {}) };
  return { through: laid.lastSeq, memo: next, differences, notBeforeMs };
}

const summaryKind = "summaries of over 10 MB, whose rows are there";

async function forgetEnd(
  client: WandbClient,
  path: RunPath,
  storageId: string,
  life: Life,
  signal: AbortSignal,
): Promise<void> {
  const there = await client.runs.resumeStatus(path, { signal });
  if (there?.config !== undefined) {
    await client.runs.upsert({ ...path, storageId, config: withObserved(there.config, undefined) }, { signal });
  }
  life.observed = undefined;
}

async function putMade(
  client: WandbClient,
  path: RunPath,
  files: readonly MadeFile[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  if (texts.size === 0) return [];
  for (const target of await client.runs.createFiles(path, [...texts.keys()], { signal })) {
    const bytes = Buffer.from(texts.get(target.name)!);
    await client.storage.put(target, () => of(bytes), { bytes: bytes.length, signal });
  }
  return [...texts.keys()];
}

/** Those whose row is not there yet, and those of which it is known that they were not taken. */
async function dueAlerts(
  client: WandbClient,
  path: RunPath,
  alerts: readonly Alert[],
  memo: Memo | undefined,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  if (alerts.length === 0) return [];
  const rows = (await client.runs.resumeStatus(path, { signal }))?.historyLines ?? 0;
  const from = memo?.alertsFrom ?? Number.POSITIVE_INFINITY;
  return alerts.filter(({ row, seq }) => row >= rows || seq >= from);
}

/** Nobody is to be called out of bed for a run that was exported a year later. */
const freshMs = 3_600_000;

async function raise(
  path: RunPath,
  { at, title, text, level }: Alert,
  { client, now }: FactsWriting,
  signal: AbortSignal,
): Promise<void> {
  if (now() - at > freshMs) return;
  const severity = level.toUpperCase() as "INFO" | "WARN" | "ERROR";
  await client.runs.alert(path, { title, text, level: severity, waitMs }, { signal });
}

/** As W&B's own client asks for: the same title is not sent twice within a minute. */
const waitMs = 60_000;
