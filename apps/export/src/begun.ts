import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunId, type Json, parseJson, RunferryError, type Source, stringifyJson, type Telling } from "@runferry/core";
import { explaining, isRunning, ownIdentity, type ProcessIdentity, type Store } from "@runferry/local";
import { type Before, type Created, createdSince, type PlaceToldOf } from "./created.ts";
import { freeName } from "./migration-report.ts";

/** What is noted of a migration while it goes on, so that one that is killed can be undone as well. */
export interface BegunMigration {
  /** What its report is going to be called. */
  readonly name: string;
  /** The runs of a source, each noted before it is given. */
  noted(source: Source): Source;
  /** It came to its end, and has a report. */
  over(): void;
}

/** The first line of the file; the ids of the runs that were looked at come after it. */
interface Head {
  readonly format: 1;
  readonly process: ProcessIdentity;
  readonly into?: string;
  readonly store: readonly string[];
  readonly places: readonly {
    readonly name: string;
    readonly kind: string;
    readonly address: string;
    /** The runs that were there; absent where it could not be asked. */
    readonly ids?: readonly string[];
  }[];
}

const ending = "-begun.ndjson";

/** Notes that a migration begins, and what there was before it. */
export function beginMigration(
  folder: string,
  before: Before,
  destinations: readonly PlaceToldOf[],
  telling: Telling | undefined,
): BegunMigration {
  const places = destinations.map(({ name: place, backend: { kind, address } }) => {
    const there = before.places.get(place);
    return { name: place, kind, address, ...(there ? { ids: [...there] } : {}) };
  });
  const into = telling?.into === undefined ? {} : { into: telling.into };
  const head: Head = { format: 1, process: ownIdentity(), ...into, store: [...before.store], places };
  const { name, path } = explaining(
    "the migration could not be noted in the store",
    "nothing was taken or sent",
    () => {
      mkdirSync(folder, { recursive: true });
      const name = freeName(folder, Date.now());
      const path = join(folder, name + ending);
      writeFileSync(path, `${stringifyJson(head as unknown as Json)}\n`, { flag: "wx" });
      return { name, path };
    },
  );
  return {
    name,
    noted: (source) => ({
      async *runs(options) {
        for await (const journal of source.runs(options)) {
          appendFileSync(path, `${journal.run}\n`);
          yield journal;
        }
      },
    }),
    over: () => rmSync(path, { force: true }),
  };
}

/** What a migration made that came to no end; undefined where there is none of that name. Throws `locked` while it goes on. */
export async function createdBeforeItsEnd(store: Store, report: string): Promise<Created | undefined> {
  const path = join(store.reports, report + ending);
  if (!/^[\w-]+$/.test(report) || !existsSync(path)) return undefined;
  const [first = "", ...lines] = readFileSync(path, "utf8").split("\n");
  const { process, store: stored, places, into } = parseJson(first) as unknown as Head;
  if (isRunning(process, ownIdentity()) !== false) throw goesOn(report, process);
  const before: Before = {
    store: new Set(stored),
    places: new Map(places.flatMap(({ name, ids }) => (ids ? [[name, new Set(ids)] as const] : []))),
  };
  const taken = [...new Set(lines.filter(isRunId))].filter((run) => store.has(run));
  const destinations = places.map(({ name, kind, address }) => ({ name, backend: { kind, address } }));
  return createdSince(before, store, taken, destinations, into === undefined ? undefined : { into }, true);
}

/** The names of the migrations that can be undone, the newest first; whether each came to its end. */
export function migrationsIn(folder: string): readonly { readonly name: string; readonly isOver: boolean }[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = (end: string) => files.flatMap((file) => (file.endsWith(end) ? file.slice(0, -end.length) : []));
  const over = names("-created.json").map((name) => ({ name, isOver: true }));
  const begun = names(ending).map((name) => ({ name, isOver: false }));
  return [...over, ...begun].sort((a, b) => (a.name < b.name ? 1 : -1));
}

function goesOn(report: string, { host, pid }: ProcessIdentity): RunferryError {
  return new RunferryError("locked", `the migration ${report} goes on: process ${pid} on ${host}`, {
    hint: "wait for its end, or stop it with Ctrl-C there",
    data: "nothing was changed",
  });
}
