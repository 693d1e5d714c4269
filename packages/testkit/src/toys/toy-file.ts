import { type Backend, createEventKeeper, keepView, RunferryError } from "@runferry/core";
import { type CrashPoints, noCrash } from "../crash-points.ts";
import { linesOf, toyFilePath } from "./toy-file-lines.ts";
import { toyFileRules } from "./toy-file-rules.ts";
import { isSystemError, writeAt } from "./write-at.ts";

// #region backend
/** Runs as lines of text: one append-only file per stream in a folder. The memo is the length of what was accepted. */
export function toyFile(folder: string, crash: CrashPoints = noCrash): Backend {
  let closed = false;
  return {
    kind: "toy-file",
    address: folder,
    mapping: 1,
    filesLane: false,
    keeps: (view) => keepView(view, toyFileRules),
    async write(batch, { run, stream, cursor, before, signal }) {
      if (closed) throw closedError(folder);
      signal.throwIfAborted();
      const memo = cursor.memo as { readonly offset: number } | null;
      const offset = memo?.offset ?? 0;
      const keeper = createEventKeeper(toyFileRules, before);
      const bytes = Buffer.from(batch.map((event) => linesOf(event, keeper.keep(event))).join(""));
      try {
        if (!(await writeAt(toyFilePath(folder, run, stream), offset, bytes, crash))) {
          return { status: "refused", seq: batch[0]!.seq, cause: goneError(folder, run) };
        }
      } catch (cause) {
        if (!isSystemError(cause)) throw cause; // a bug, not trouble
        return { status: "retry", cause };
      }
      return {
        status: "accepted",
        cursor: { ...cursor, through: batch.at(-1)!.seq, memo: { offset: offset + bytes.length } },
        differences: keeper.differences,
        remote: { id: run },
      };
    },
    async close() {
      closed = true;
    },
  };
}
// #endregion backend

function closedError(folder: string): RunferryError {
  return new RunferryError("closed", `the backend toy-file:${folder} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}

function goneError(folder: string, run: string): RunferryError {
  return new RunferryError("gone", `${folder} has less of run ${run} than was delivered`, {
    hint: "somebody cut or deleted its files: deliver the run to a new folder",
    data: "nothing was written; the journal has all of it",
  });
}
