import * as fileSystem from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Backend,
  createTurns,
  isJsonObject,
  isRunferryError,
  type Json,
  mainStream,
  type Outcome,
  observerStream,
  type Recorded,
  type RunEnded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import { keeps } from "../keep-rules.ts";
import { isVoid, type Laid, layBatch, noProgress, type Progress } from "../mapping/index.ts";
import { createLayers, type Layers, type LogPosition, layLog, logStart } from "./lay-log.ts";
import { forgetObservedEnd, putObservedEnd, readObservedEnd } from "./observe-end.ts";
import { createPlacing } from "./place-files.ts";
import { putLog } from "./put-log.ts";
import { runDirectory } from "./run-directory.ts";

export interface WandbOfflineOptions {
  /** Runs go to `<dir>/wandb`, where `wandb sync` finds them. Created with the first one. */
  readonly dir: string;
  /** Default: the experiment is the project. Where it is given, the experiment becomes the group. */
  readonly project?: string;
  /** For tests: stands before every change of a file. */
  readonly effects?: Pick<SideEffects, "point"> & Partial<SideEffects>;
}

/** What the backend needs of the file system, so that a test can stand before every side effect, and make it fail. */
export interface SideEffects {
  point(label: string): void;
  readonly fileSystem: Pick<typeof fileSystem, "mkdir" | "open" | "rename" | "rm">;
}

interface Memo {
  readonly id: string;
  readonly startedAt: number;
  readonly log: LogPosition;
  readonly progress: Progress;
}

const noEffects: SideEffects = { point: () => undefined, fileSystem };

/** Writes runs as W&B's own client does without a network: folders that `wandb sync` uploads. */
export function wandbOffline(options: WandbOfflineOptions): Backend {
  const { project } = options;
  const effects: SideEffects = { ...noEffects, ...options.effects };
  if (typeof options.dir !== "string" || options.dir === "" || options.dir.includes("\0")) throw noDir();
  const dir = resolve(options.dir);
  const inTurn = createTurns();
  const idle: Layers[] = []; // streams are written side by side, each with its own
  let closed = false;

  async function write(given: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(dir);
    context.signal.throwIfAborted();
    const memo = memoOf(context.cursor.memo);
    // The record that opens the file is the same in any batching: it is told of the first event alone.
    const batch = memo ? given : given.slice(0, 1);
    const { run, stream } = context;
    try {
      // The end of a run is told by two streams.
      if (stream === observerStream) return await inTurn(run, () => observe(given, context));
      return await inTurn(stream === mainStream ? run : `${run} ${stream}`, () => add(batch, memo, context));
    } catch (cause) {
      if (isRunferryError(cause)) return { status: "refused", seq: batch[0]!.seq, cause };
      if (!isSystemError(cause)) throw cause;
      return { status: "retry", cause: unwritable(dir, cause) };
    }
  }

  async function add(batch: readonly Recorded[], memo: Memo | undefined, context: WriteContext): Promise<Outcome> {
    const known = memo?.progress ?? noProgress;
    const lay = (events: readonly Recorded[]): Laid => {
      const { run, stream, before } = context;
      return layBatch(events, { run, stream, before, progress: known, project, isWhole: true });
    };
    const whole = lay(batch);
    const { id, startedAt } = memo ?? whole.run!;
    const directory = runDirectory(dir, { id, startedAt });
    const placed = await createPlacing(directory, context, effects).place(batch, whole);
    if (placed.taken === 0) return { status: "refused", seq: batch[0]!.seq, cause: placed.missing };
    const taken = batch.slice(0, placed.taken);
    const laid = taken.length === batch.length ? whole : lay(taken);
    context.signal.throwIfAborted();
    const from = memo?.log ?? logStart;
    const layers = idle.pop() ?? createLayers();
    const isMain = context.stream === mainStream;
    const observed = isMain ? await readObservedEnd(directory) : undefined;
    const holds = observed && !isVoid(observed.ended, taken.at(-1)!.seq);
    const { bytes, offset, records } = layLog(taken, laid, from, placed.records, layers, holds ? observed : undefined);
    await putLog(directory, from.offset, bytes, effects);
    if (observed && !holds) await forgetObservedEnd(directory, effects);
    idle.push(layers);
    const next: Memo = { id, startedAt, log: { offset, records }, progress: laid.progress };
    return {
      status: "accepted",
      cursor: { ...context.cursor, through: taken.at(-1)!.seq, memo: next as unknown as Json },
      differences: laid.differences,
      remote: { id: directory.folder },
    };
  }

  /** An end that another process saw is told in the log of the run itself. */
  async function observe(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    const { run, stream, before, cursor } = context;
    const { differences } = layBatch(batch, { run, stream, before, progress: noProgress, project });
    const ended = batch.findLast((event): event is Recorded<RunEnded> => event.kind === "run.ended");
    if (ended && !before.started) return { status: "refused", seq: ended.seq, cause: noStart(run) };
    const startedAt = before.started?.createdAt ?? 0;
    const directory = runDirectory(dir, { id: run, startedAt });
    if (ended) await putObservedEnd(directory, ended, startedAt, context, effects);
    return { status: "accepted", cursor: { ...cursor, through: batch.at(-1)!.seq }, differences };
  }

  return {
    kind: "wandb-offline",
    address: project === undefined ? dir : `${dir}?project=${encodeURIComponent(project)}`,
    mapping: 1,
    filesLane: false,
    keeps,
    write,
    async close() {
      closed = true;
    },
  };
}

function memoOf(memo: Json): Memo | undefined {
  return isJsonObject(memo) && typeof memo.id === "string" ? (memo as unknown as Memo) : undefined;
}

function isSystemError(cause: unknown): boolean {
  return cause instanceof Error && "syscall" in cause;
}

function noDir(): RunferryError {
  return new RunferryError("bad_option", "wandb-offline needs a folder", {
    hint: 'name the folder that is to hold the folder "wandb", for example "."',
    data: "nothing was written",
  });
}

function noStart(run: string): RunferryError {
  return new RunferryError("refused", `how run ${run} ended was seen, but not that it began`, {
    hint: "deliver it again once its journal has its start",
    data: "the journal has the end; the folder has what is known of the run",
  });
}

function closedError(dir: string): RunferryError {
  return new RunferryError("closed", `the backend wandb-offline:${dir} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}

function unwritable(dir: string, cause: unknown): RunferryError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const isHopeless = ["EACCES", "EISDIR", "ENOTDIR", "EPERM", "EROFS"].includes(code);
  return new RunferryError(isHopeless ? "bad_option" : "unavailable", `${dir} cannot be written: ${message}`, {
    hint: isHopeless ? "name a folder that this user may write to" : "make room there, then deliver again",
    data: "what was delivered before is there; the rest is in the run",
    cause,
  });
}
