import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Backend,
  createEventKeeper,
  createTurns,
  endsStream,
  fold,
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
import { csvFormat } from "./csv-format.ts";
import { closedError, gone, isSystemError, makeFolder, namesIn, placeFile, removeFile, unwritable } from "./files.ts";
import { type Format, noEffects, type SideEffects } from "./formats.ts";
import { keepRules, keeps } from "./keep-rules.ts";
import { layRows } from "./lay-rows.ts";
import { claimFolder } from "./marker.ts";
import { parquetFormat } from "./parquet-format.ts";
import { fileLabel, runFolder } from "./partition.ts";
import { endOf, factsOf, noFacts, type RunFacts, runColumns, runRow, withMain, withObserved } from "./run-row.ts";
import { journalOf } from "./source.ts";
import { type Cell, constantColumns, type Rows, tableNames, tables } from "./tables.ts";
import { wideMetrics, wideRun } from "./wide.ts";

export interface TablesOptions {
  /** The folder of the tables. Created with the first run. */
  readonly dir: string;
  /** For tests: stands before every change of a file. */
  readonly effects?: SideEffects;
}

interface Memo {
  /** That of the run in each table. */
  readonly folder: string;
  /** What its format remembers of each table that has rows of this stream. */
  readonly tables: { readonly [table: string]: number };
}

/** Writes runs as tables of CSV files below a folder. */
export function csv(options: TablesOptions): Backend {
  return tablesBackend(options, csvFormat);
}

/** Writes runs as tables of Parquet files below a folder. */
export function parquet(options: TablesOptions): Backend {
  return tablesBackend(options, parquetFormat);
}

function tablesBackend({ dir: told, effects = noEffects }: TablesOptions, format: Format): Backend {
  if (typeof told !== "string" || told === "" || told.includes("\0")) throw noDir(format);
  const dir = resolve(told);
  const inTurn = createTurns();
  const runFile = `run.${format.kind}`;
  let closed = false;

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(format.kind, dir);
    context.signal.throwIfAborted();
    try {
      const memo = memoOf(context.cursor.memo) ?? (await begin(batch, context));
      const written = await putRows(batch, memo, context);
      await inTurn(context.run, () => putRun(batch, memo, context));
      const keeper = createEventKeeper(keepRules, context.before);
      for (const event of batch) keeper.keep(event);
      return {
        status: "accepted",
        cursor: { ...context.cursor, through: batch.at(-1)!.seq, memo: { ...memo, tables: written } },
        differences: keeper.differences,
        remote: { id: memo.folder },
      };
    } catch (cause) {
      if (isRunferryError(cause, "gone")) return { status: "refused", seq: batch[0]!.seq, cause };
      if (isRunferryError(cause)) return { status: "retry", cause: hopeless(cause) };
      if (!isSystemError(cause)) throw cause;
      return { status: "retry", cause: unwritable(dir, cause) };
    }
  }

  async function begin(batch: readonly Recorded[], context: WriteContext): Promise<Memo> {
    await inTurn("", () => claimFolder(dir, format.kind, effects));
    return { folder: runFolder(startOf(batch, context)?.experiment, context.run), tables: {} };
  }

  /** The rows of every table: also where the batch has none, what was never acknowledged goes. */
  async function putRows(batch: readonly Recorded[], memo: Memo, context: WriteContext): Promise<Memo["tables"]> {
    const { run, stream, cursor } = context;
    const started = startOf(batch, context);
    const laid = layRows(batch, { run, started, stream });
    const constants = [run, started?.name ?? null, started?.experiment ?? null, stream];
    const written: { [table: string]: number } = {};
    for (const table of tableNames) {
      context.signal.throwIfAborted();
      const rows = laid.get(table);
      const inner = `${table}/${memo.folder}`;
      const columns = [...constantColumns, ...tables[table]];
      const folder = rows ? await makeFolder(dir, inner, effects) : join(dir, inner);
      const kept = await format.put({
        folder,
        label: fileLabel(stream),
        columns,
        constants,
        rows,
        after: cursor.through,
        first: batch[0]!.seq,
        last: batch.at(-1)!.seq,
        isEnd: batch.some(endsStream),
        memo: memo.tables[table],
        effects,
      });
      if (kept !== undefined) written[table] = kept;
    }
    return written;
  }

  /** The row of the run follows two streams, its own and the one that watches it; the wide tables follow all, once it has ended. */
  async function putRun(batch: readonly Recorded[], memo: Memo, context: WriteContext): Promise<void> {
    const { run, stream } = context;
    const path = join(dir, "runs", memo.folder, runFile);
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    let facts = isThere ? await readRunRow(path, context) : noFacts;
    if (stream === mainStream || stream === observerStream) {
      facts = stream === mainStream ? withMain(facts, batch, endBefore(context)) : withObserved(facts, batch);
      await putFile("runs", memo, runRow(run, startOf(batch, context), facts));
    }
    const view = endOf(facts) && (await fold(journalOf(dir, run, [memo.folder], format), { signal: context.signal }));
    await putFile("runs_wide", memo, view && wideRun(view));
    await putFile("metrics_wide", memo, view && wideMetrics(view));
  }

  /** A table that has one file for each run, or none. */
  async function putFile(table: string, memo: Memo, rows: Rows | undefined): Promise<void> {
    const inner = `${table}/${memo.folder}`;
    if (rows && rows.length > 0) {
      await placeFile(join(await makeFolder(dir, inner, effects), runFile), format.bytesOf(rows), effects);
    } else if ((await namesIn(join(dir, inner), "files")).includes(runFile)) {
      await removeFile(join(dir, inner, runFile), effects);
    }
  }

  async function readRunRow(path: string, { cursor }: WriteContext): Promise<RunFacts> {
    try {
      for await (const { columns } of format.readFile(path, runColumns)) {
        return factsOf(Object.fromEntries(Object.entries(columns).map(([name, [cell]]) => [name, cell as Cell])));
      }
    } catch (cause) {
      if (!isRunferryError(cause, "damaged")) throw cause;
      if (cursor.through > 0) throw gone(path, "is damaged"); // from the start it is made anew
    }
    return noFacts;
  }

  return {
    kind: format.kind,
    address: dir,
    mapping: 1,
    filesLane: false,
    limits: { events: 20_000, bytes: 1024 * 1024 },
    keeps,
    write,
    async close() {
      closed = true;
    },
  };
}

function startOf(batch: readonly Recorded[], { before }: WriteContext) {
  const first = batch[0]!;
  return before.started ?? (first.kind === "run.started" ? first : undefined);
}

function endBefore({ before: { end } }: WriteContext): Recorded<RunEnded> | undefined {
  return end && { ...end.value, seq: end.seq, at: end.at };
}

/** What is amiss in the folder does not come right by waiting: with this code, whoever delivers stops at once. */
function hopeless({ message, hint, data }: RunferryError): RunferryError {
  return new RunferryError("bad_option", message, { hint, data });
}

function memoOf(memo: Json): Memo | undefined {
  return isJsonObject(memo) && typeof memo.folder === "string" ? (memo as unknown as Memo) : undefined;
}

function noDir({ kind }: Format): RunferryError {
  return new RunferryError("bad_option", `${kind} needs a folder`, {
    hint: `name the folder that is to hold the tables, for example ${kind}:./${kind}`,
    data: "nothing was written",
  });
}
