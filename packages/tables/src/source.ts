import { join, resolve } from "node:path";
import {
  createBefore,
  createEventKeeper,
  getOrCreate,
  type Journal,
  problemOf,
  type Recorded,
  RunferryError,
  type Source,
  type Stream,
} from "@runferry/core";
import { csvFormat } from "./csv-format.ts";
import { namesIn } from "./files.ts";
import type { Format } from "./formats.ts";
import { keepRules } from "./keep-rules.ts";
import { kindOfFolder } from "./marker.ts";
import { parquetFormat } from "./parquet-format.ts";
import { fileLabel, runOfFolder, streamOfLabel } from "./partition.ts";
import { createEventReader } from "./read-events.ts";
import { type TableName, tableNames, tables } from "./tables.ts";

/** Every run in a folder of CSV tables. Nothing there is changed. */
export function csvSource(dir: string): Source {
  return tablesSource(resolve(dir), csvFormat);
}

/** Every run in a folder of Parquet tables. Nothing there is changed. */
export function parquetSource(dir: string): Source {
  return tablesSource(resolve(dir), parquetFormat);
}

function tablesSource(dir: string, format: Format): Source {
  return {
    async *runs({ ids, signal } = {}) {
      if ((await kindOfFolder(dir)) !== format.kind) throw noTables(dir, format);
      const wanted = ids && new Set(ids);
      for (const [run, folders] of await foldersOfRuns(dir)) {
        signal?.throwIfAborted();
        if (!wanted || wanted.has(run)) yield journalOf(dir, run, [...folders].sort(), format);
      }
    },
  };
}

/** The folder of each run, the same in every table; a stream that did not know the start of its run has another one. */
async function foldersOfRuns(dir: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  for (const table of tableNames) {
    for (const experiment of await namesIn(join(dir, table), "folders")) {
      if (!experiment.startsWith("experiment=")) continue;
      for (const folder of await namesIn(join(dir, table, experiment), "folders")) {
        const run = runOfFolder(folder);
        if (run !== undefined) getOrCreate(found, run, () => new Set()).add(`${experiment}/${folder}`);
      }
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A run as the tables have it. */
export function journalOf(dir: string, run: string, folders: readonly string[], format: Format): Journal {
  return {
    run,
    where: join(dir, "*", folders[0] ?? ""), // in one table or several
    async *streams({ signal } = {}) {
      for (const inner of folders) {
        const labels = new Set<string>();
        for (const table of tableNames) for (const one of await format.labels(join(dir, table, inner))) labels.add(one);
        for (const label of [...labels].sort()) {
          signal?.throwIfAborted();
          yield streamOf(dir, streamOfLabel(label)!, inner, format);
        }
      }
    },
    // biome-ignore lint/correctness/useYield: tables hold no files
    async *open(file) {
      throw new RunferryError("file_missing", `the tables in ${dir} hold no files, so not ${file.path} either`, {
        hint: "read the file from the store or the place that the run came from",
        data: "the facts of the run are there",
      });
    },
  };
}

function streamOf(dir: string, name: string, inner: string, format: Format): Stream {
  async function* eventsIn(table: TableName): AsyncGenerator<readonly Recorded[]> {
    const place = { folder: join(dir, table, inner), label: fileLabel(name), columns: tables[table] };
    if (!(await format.labels(place.folder)).includes(place.label)) return;
    const reader = createEventReader(table, (event) => problemOf(event) === undefined);
    for await (const rows of format.read(place)) if (rows.length > 0) yield reader.push(rows);
    yield reader.end();
  }

  return {
    name,
    async *read({ after = 0, signal } = {}) {
      const keeper = createEventKeeper(keepRules, createBefore(name).before);
      for await (const events of merged(tableNames.map(eventsIn))) {
        signal?.throwIfAborted();
        const kept = events.flatMap((event) => (event.seq > after ? keeper.keep(event) : []));
        if (kept.length > 0) yield kept;
      }
    },
  };
}

interface Head {
  readonly rest: AsyncGenerator<readonly Recorded[]>;
  events: readonly Recorded[];
  at: number;
}

const eventsAtOnce = 1000;

/** The events of all tables by their number. */
async function* merged(all: readonly AsyncGenerator<readonly Recorded[]>[]): AsyncGenerator<readonly Recorded[]> {
  const heads: Head[] = [];
  try {
    for (const rest of all) heads.push({ rest, events: [], at: 0 });
    let open: readonly Head[] = await withEvents(heads);
    let events: Recorded[] = [];
    while (open.length > 0) {
      const head = open.reduce((first, one) => (seqOf(one) < seqOf(first) ? one : first));
      events.push(head.events[head.at++]!);
      if (head.at === head.events.length) open = await withEvents(open);
      if (events.length < eventsAtOnce) continue;
      yield events;
      events = [];
    }
    yield events;
  } finally {
    for (const { rest } of heads) await rest.return(undefined);
  }
}

function seqOf({ events, at }: Head): number {
  return events[at]!.seq;
}

/** Those that have an event left, with the next ones at hand. */
async function withEvents(heads: readonly Head[]): Promise<readonly Head[]> {
  const open: Head[] = [];
  for (const head of heads) {
    while (head.at === head.events.length) {
      const next = await head.rest.next();
      if (next.done) break;
      head.events = next.value;
      head.at = 0;
    }
    if (head.at < head.events.length) open.push(head);
  }
  return open;
}

function noTables(dir: string, { kind }: Format): RunferryError {
  return new RunferryError("not_found", `${dir} holds no tables in ${kind}`, {
    hint: `name a folder that runferry export --to ${kind}:folder filled`,
    data: "nothing was read or changed",
  });
}
