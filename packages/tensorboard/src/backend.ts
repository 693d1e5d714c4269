import { mkdir, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  type Backend,
  bytesOf,
  type FileRef,
  fileOf,
  isJsonObject,
  isRunferryError,
  type Json,
  mainStream,
  type Outcome,
  type Recorded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import { folderName } from "./folder-name.ts";
import { keeps } from "./keep-rules.ts";
import { isModelFile } from "./keras-graph.ts";
import { type FilesMemo, type Laid, layEvents, type Piece } from "./lay-events.ts";
import { keptMedia } from "./media-value.ts";
import { createFindRunFolder, eventFileName, placeFileName, placeFolder, type SideEffects } from "./run-folder.ts";

export interface TensorBoardOptions {
  /** The folder that `tensorboard --logdir` is started with. Created with the first run. */
  readonly logdir: string;
  /** For tests: stands before every change of a file. */
  readonly effects?: SideEffects;
}

interface Memo extends FilesMemo {
  /** Below the logdir. */
  readonly folder: string;
  readonly createdAt: number;
}

/** Media are laid in memory: what is behind this much of a batch waits for the next one. */
const fileBytesAtOnce = 16 * 1024 * 1024;

const noEffects: SideEffects = {
  point: () => undefined,
};

/** Writes runs as event files below a folder, `<logdir>/<experiment>/<run>`, which a running TensorBoard follows. */
export function tensorboard(options: TensorBoardOptions): Backend {
  if (typeof options.logdir !== "string" || options.logdir === "" || options.logdir.includes("\0")) throw noLogdir();
  const logdir = resolve(options.logdir);
  const effects = options.effects ?? noEffects;
  const findRunFolder = createFindRunFolder(effects);
  let closed = false;

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(logdir);
    context.signal.throwIfAborted();
    const memo = memoOf(context.cursor.memo);
    const laid = layEvents(context, memo ?? { generation: 0, sizes: {} });
    let through = 0;
    let fileBytes = 0;
    for (const event of batch) {
      const bytes = await readFile(event, context);
      if ("status" in bytes) {
        if (through === 0) return bytes;
        break; // what came before it is accepted; then it is told as the first of a batch
      }
      laid.add(event, bytes);
      through = event.seq;
      fileBytes += bytes.length;
      if (fileBytes > fileBytesAtOnce) break;
    }
    context.signal.throwIfAborted();
    try {
      const { folder, createdAt } = memo ?? (await findFolder(batch[0]!, context));
      const stream = context.stream === mainStream ? "" : folderName(context.stream);
      for (const piece of laid.pieces) {
        const file = join(
          placeFolder(join(logdir, folder), stream, piece.place),
          placeFileName(context.run, createdAt, piece.generation, piece.place),
        );
        await put(file, piece);
      }
      return accepted(laid, { ...laid.memo, folder, createdAt }, through, context);
    } catch (cause) {
      if (isRunferryError(cause)) return { status: "refused", seq: batch[0]!.seq, cause };
      if (!isSystemError(cause)) throw cause;
      return { status: "retry", cause: unwritable(logdir, cause) };
    }
  }

  function accepted(laid: Laid, memo: Memo, through: number, context: WriteContext): Outcome {
    const cursor = { ...context.cursor, through, memo: memo as unknown as Json };
    return { status: "accepted", cursor, differences: laid.differences, remote: { id: memo.folder } };
  }

  async function findFolder(first: Recorded, context: WriteContext): Promise<{ folder: string; createdAt: number }> {
    const started = context.before.started ?? (first.kind === "run.started" ? first : undefined);
    const createdAt = started?.createdAt ?? first.at;
    const experiment = folderName(started?.experiment ?? "runferry");
    const stream = context.stream === mainStream ? "" : `${folderName(context.stream)}/`;
    const firstFile = stream + eventFileName(context.run, createdAt, 0);
    const name = started?.name ?? context.run;
    const folder = await findRunFolder(join(logdir, experiment), name, context.run, firstFile);
    return { folder: `${experiment}/${folder}`, createdAt };
  }

  /** Bytes go where they belong even if a torn or longer tail of an earlier try is there, and nothing is left behind them. */
  async function put(path: string, piece: Piece): Promise<void> {
    effects.point("open file");
    if (piece.at === 0) await mkdir(dirname(path), { recursive: true });
    const file = await open(path, piece.at === 0 ? "a+" : "r+").catch((cause: unknown) => {
      throw isMissing(cause) ? gone(path, undefined, piece.at) : cause;
    });
    try {
      const { size } = await file.stat();
      if (size < piece.at) throw gone(path, size, piece.at);
      if (size > piece.at) {
        effects.point("cut tail");
        await file.truncate(piece.at);
      }
      const bytes = piece.buffer.bytes.subarray(0, piece.buffer.length);
      effects.point("append");
      for (let at = 0; at < bytes.length; ) {
        at += (await file.write(bytes, at, bytes.length - at, piece.at + at)).bytesWritten;
      }
    } finally {
      await file.close();
    }
  }

  return {
    kind: "tensorboard",
    address: logdir,
    mapping: 1,
    filesLane: false,
    keeps,
    write,
    async close() {
      closed = true;
    },
  };
}

const noBytes = new Uint8Array(0);

/** The bytes that an event needs, or why it can never be taken. */
async function readFile(
  event: Recorded,
  context: WriteContext,
): Promise<Uint8Array | (Outcome & { status: "refused" })> {
  const file = neededFile(event);
  if (!file) return noBytes;
  try {
    return await bytesOf(context.open(file), context.report);
  } catch (cause) {
    if (!isRunferryError(cause, "file_missing")) throw cause;
    // Of an artifact only a picture of its layers is lost.
    return event.kind === "artifact.logged" ? noBytes : { status: "refused", seq: event.seq, cause };
  }
}

function neededFile(event: Recorded): FileRef | undefined {
  if (event.kind === "artifact.logged") return isModelFile(event.file) ? event.file : undefined;
  return event.kind === "media.logged" && !("leftOut" in keptMedia(event.media)) ? fileOf(event) : undefined;
}

function memoOf(memo: Json): Memo | undefined {
  return isJsonObject(memo) && typeof memo.folder === "string" ? (memo as unknown as Memo) : undefined;
}

function isSystemError(cause: unknown): boolean {
  return cause instanceof Error && "syscall" in cause;
}

function isMissing(cause: unknown): boolean {
  return isSystemError(cause) && (cause as NodeJS.ErrnoException).code === "ENOENT";
}

function noLogdir(): RunferryError {
  return new RunferryError("bad_option", "tensorboard needs a logdir", {
    hint: 'name the folder that TensorBoard is started with, for example "./tensorboard"',
    data: "nothing was written",
  });
}

function closedError(logdir: string): RunferryError {
  return new RunferryError("closed", `the backend tensorboard:${logdir} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}

/** After a power cut, or by another hand. The batch alone cannot fill the gap, and to go on behind it would hide it. */
function gone(path: string, size: number | undefined, wanted: number): RunferryError {
  const found = size === undefined ? "is not there any more" : `has only ${size} bytes left`;
  return new RunferryError("gone", `${path} ${found}; ${wanted} had been written`, {
    hint: "put it back, or deliver the run from its start again: its files get the same bytes in the same folder",
    data: "nothing was written; the run itself is whole",
  });
}

function unwritable(logdir: string, cause: unknown): RunferryError {
  const isHopeless = ["EACCES", "EISDIR", "ENOTDIR", "EPERM", "EROFS"].includes(
    (cause as NodeJS.ErrnoException).code ?? "",
  );
  return new RunferryError(
    isHopeless ? "bad_option" : "unavailable",
    `${logdir} cannot be written: ${(cause as Error).message}`,
    {
      hint: isHopeless ? "name a folder that this user may write to" : "make room there, then deliver again",
      data: "what was delivered before is there; the rest is in the run",
      cause,
    },
  );
}
