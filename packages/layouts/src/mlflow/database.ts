import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { messageOf, RunferryError } from "@runferry/core";

export type Row = Readonly<Record<string, string | number | bigint | null | Uint8Array>>;

/** A database that is only read. Nothing appears beside it, and nobody is kept from writing to it for longer than a query. */
export interface Database {
  readonly path: string;
  /** Throws where the database is damaged there. */
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[];
  /** The rows before any damage, and what it is. */
  until(sql: string, ...values: readonly SQLInputValue[]): { readonly rows: readonly Row[]; readonly damage?: string };
  /** Rows in pages, from a copy of them that no writer waits for. */
  pages(size: number, sql: string, ...values: readonly SQLInputValue[]): Iterable<readonly Row[]>;
  close(): void;
}

/** How long to wait for somebody who is writing, in milliseconds. */
const patience = 5000;

export async function openDatabase(path: string): Promise<Database> {
  const { DatabaseSync } = sqlite();
  const open = (place: string, query: string) =>
    new DatabaseSync(`${pathToFileURL(place).href}?${query}`, { readOnly: true, timeout: patience });
  try {
    // A journal beside it: somebody is writing, or stopped in the middle. To read it there would be to write.
    if (existsSync(`${path}-wal`) || hasJournal(path)) return database(path, await openCopy(path, DatabaseSync));
    // The log that SQLite would make to read a database of this mode is not needed while nobody has it open.
    const db = open(path, isWithLog(path) ? "mode=ro&immutable=1" : "mode=ro");
    try {
      db.prepare("SELECT count(*) FROM sqlite_master").get();
    } catch (cause) {
      db.close();
      if (!/locked|busy/i.test(messageOf(cause))) throw cause;
      return database(path, await openCopy(path, DatabaseSync)); // whoever has it may keep it
    }
    return database(path, db);
  } catch (cause) {
    if (cause instanceof RunferryError) throw cause;
    throw new RunferryError("damaged", `${path} cannot be read as a database: ${messageOf(cause)}`, {
      hint: "see whether it is whole, for example with sqlite3 and PRAGMA integrity_check",
      data: "nothing was read or changed",
      cause,
    });
  }
}

/** Loaded when it is needed, and without the word on stderr that it is experimental: it is part of every Node that runs this. */
function sqlite(): typeof import("node:sqlite") {
  const emit = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emit;
  }
}

function database(path: string, db: DatabaseSync): Database {
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true); // a step may be greater than any safe number
    return statement;
  };
  let copies = 0;

  return {
    path,
    close: () => db.close(),
    all: (sql, ...values) => prepare(sql).all(...values) as Row[],
    until(sql, ...values) {
      const rows: Row[] = [];
      try {
        for (const row of prepare(sql).iterate(...values)) rows.push(row as Row);
        return { rows };
      } catch (cause) {
        return { rows, damage: messageOf(cause) };
      }
    },
    *pages(size, sql, ...values) {
      const first = prepare(`${sql} LIMIT ${size + 1}`).all(...values) as Row[];
      if (first.length <= size) {
        yield first;
        return;
      }
      const name = `temp.rows_${++copies}`;
      prepare(`CREATE TEMP TABLE rows_${copies} AS ${sql}`).run(...values);
      try {
        const next = prepare(`SELECT rowid AS place, * FROM ${name} WHERE rowid > ? ORDER BY rowid LIMIT ${size}`);
        for (let page = next.all(0) as Row[]; page.length > 0; page = next.all(page.at(-1)!.place!) as Row[])
          yield page;
      } finally {
        db.exec(`DROP TABLE ${name}`);
      }
    },
  };
}

/** Whether the database keeps what is written in a log, which its header says. */
function isWithLog(path: string): boolean {
  const head = Buffer.alloc(20);
  const file = openSync(path, "r");
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return head[18] === 2 || head[19] === 2;
}

function hasJournal(path: string): boolean {
  if (!existsSync(`${path}-journal`)) return false;
  const head = Buffer.alloc(8);
  const file = openSync(`${path}-journal`, "r");
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return head.some((byte) => byte !== 0); // one that is done with may be kept, with zeros at its head
}

/** Opens a copy of what is there, with what its journal says, in a folder that is gone at once. */
async function openCopy(path: string, open: typeof DatabaseSync): Promise<DatabaseSync> {
  const folder = await mkdtemp(join(tmpdir(), "runferry-db-"));
  try {
    const copy = join(folder, basename(path));
    await copyAll(path, copy);
    const db = new open(copy, { timeout: patience });
    db.exec("PRAGMA journal_mode = MEMORY; PRAGMA query_only = ON"); // takes in what the journal has
    return db;
  } finally {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined); // where open files may not be deleted
  }
}

async function copyAll(path: string, copy: string): Promise<void> {
  const parts = ["", "-wal", "-journal"];
  const state = () => Promise.all(parts.map((part) => stateOf(path + part)));
  for (let tries = 0; tries < 5; tries++) {
    const before = await state();
    for (const part of parts) {
      await rm(copy + part, { force: true });
      if (existsSync(path + part)) await copyFile(path + part, copy + part);
    }
    if ((await state()).join() === before.join()) return;
  }
  throw new RunferryError("locked", `${path} is being written to without a pause`, {
    hint: "wait until it rests, or read from its server: mlflow:http://…",
    data: "nothing was read or changed",
  });
}

async function stateOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(
    ({ size, mtimeNs, ino }) => `${size} ${mtimeNs} ${ino}`,
    () => "none",
  );
}
