import { basename, join, resolve } from "node:path";
import { formatVersion, importedRunId, isJsonList, type Json, type JsonObject } from "@runferry/core";
import type { Layout, LayoutOptions, LayoutSource } from "./layout.ts";
import { endOf, startEvents, tagsBeyond, textOf } from "./run/facts.ts";
import { filesBelow, namesIn } from "./run/folder-files.ts";
import { type ImportedRun, importedJournal } from "./run/imported-run.ts";
import { createLosses, type Losses } from "./run/losses.ts";
import { otherFiles } from "./run/other-files.ts";
import { isFile, isFolder, readObject, readRecords } from "./run/read-entries.ts";
import { readMetrics } from "./run/read-metrics.ts";
import { createTimes, type Times } from "./run/times.ts";

/** `metadata.json` names the runs; each has `runs/<id>/params.json`, `metrics.json` and `artifacts/`. */
export const lab: Layout = {
  name: "lab",
  mark: "metadata.json and runs/<run>/metrics.json or params.json",
  async detect(folder) {
    const runs = join(folder, "runs");
    if (!(await isFolder(runs))) return false;
    if (await isFile(join(folder, "metadata.json"))) return true;
    for (const name of await namesIn(runs, createLosses(runs))) {
      if ((await isFile(join(runs, name, "metrics.json"))) || (await isFile(join(runs, name, "params.json"))))
        return true;
    }
    return false;
  },
  source: (folder, options = {}) => labSource(resolve(folder), options),
};

/** What is read of an entry of the index, besides its tags. Folders move: where the run lay is of no use. */
const recordFields = [
  ...["run_id", "id", "run_dir", "experiment_name", "experiment"],
  ...["created_at", "finished_at", "description", "status"],
];

interface Entry {
  readonly id: string;
  readonly folder: string;
  readonly record: JsonObject;
  readonly losses: readonly (readonly [reason: string, where: string])[];
}

function labSource(root: string, { timezone }: LayoutOptions): LayoutSource {
  const times = createTimes(timezone);
  return {
    get guessedZone() {
      return times.guessedZone;
    },
    async *runs({ ids, signal } = {}) {
      const wanted = ids && new Set(ids);
      for (const entry of await entriesOf(root)) {
        signal?.throwIfAborted();
        const { started } = await headOf(root, entry, times);
        if (wanted && !wanted.has(started.id)) continue;
        yield importedJournal(started, () => readRun(root, entry, times));
      }
    },
  };
}

/** Every run of the index, and every folder of a run that the index does not name. */
async function entriesOf(root: string): Promise<readonly Entry[]> {
  const index = join(root, "metadata.json");
  const damage = createLosses(root);
  const entries = new Map<string, Entry>();
  for (const [key, record] of await readRecords(index, damage)) {
    const id = textOf(record, "run_id", "id") ?? key;
    const named = textOf(record, "run_dir");
    // Folders move; what they are called and where they stand in the store does not.
    const names = [id, ...(named === undefined ? [] : [basename(named.replaceAll("\\", "/"))])].filter(isPlainName);
    // An id that is no name of a folder has none: what lies elsewhere is nobody's business here.
    const folder =
      (await firstFolder(names.map((name) => join(root, "runs", name)))) ??
      (names[0] === undefined ? index : join(root, "runs", names[0]));
    const known = entries.get(id);
    const losses = known ? [["the index names the run more than once; the last entry holds", index] as const] : [];
    entries.set(id, { id, folder, record, losses });
  }
  const taken = new Set([...entries.values()].map(({ folder }) => folder));
  const unnamed: string[] = [];
  for (const name of await namesIn(join(root, "runs"), damage)) {
    const folder = join(root, "runs", name);
    if (taken.has(folder) || !(await isFolder(folder))) continue;
    const loss = ["the index does not name the run: its experiment, tags and end are not known", index] as const;
    entries.set(name, { id: name, folder, record: {}, losses: [loss] });
    unnamed.push(name);
  }
  // What is damaged in the index is told by the runs that it may have named, or else by the last one.
  const hurt = new Set(unnamed.length > 0 ? unnamed : [...entries.keys()].slice(-1));
  const losses = damage.events.map(({ reason, where }) => [reason, where ?? index] as const);
  return [...entries.values()].map((entry) =>
    hurt.has(entry.id) ? { ...entry, losses: [...losses, ...entry.losses] } : entry,
  );
}

function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

async function firstFolder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) if (await isFolder(folder)) return folder;
  return undefined;
}

async function headOf(root: string, { id, folder, record }: Entry, times: Times) {
  const experiment = textOf(record, "experiment_name", "experiment") ?? basename(root);
  const createdAt = times.read(plain(record.created_at)) ?? (await firstTime(folder, times)) ?? 0;
  const description = textOf(record, "description");
  const started = {
    kind: "run.started",
    format: formatVersion,
    id: await importedRunId("lab", experiment, id, createdAt),
    name: id,
    experiment,
    createdAt,
    ...(description === undefined ? {} : { description }),
    source: { layout: "lab", id },
  } as const;
  return { started, finishedAt: times.read(plain(record.finished_at)) };
}

/** Where the index does not say when a run began: its first point. */
async function firstTime(folder: string, times: Times): Promise<number | undefined> {
  const path = join(folder, "metrics.json");
  let first: number | undefined;
  for (const columns of (await readMetrics({ path, losses: createLosses(folder), times })).values()) {
    for (const { at } of columns.sorted()) {
      if (!Number.isNaN(at)) first = Math.min(first ?? at, at);
      break;
    }
  }
  return first;
}

async function readRun(root: string, entry: Entry, times: Times): Promise<ImportedRun> {
  const { folder, record } = entry;
  const losses: Losses = createLosses(root);
  for (const [reason, where] of entry.losses) losses.add(reason, where);
  const { started, finishedAt } = await headOf(root, entry, times);
  for (const name of ["created_at", "finished_at"]) {
    const value = record[name];
    if (value !== undefined && value !== null && times.read(plain(value)) === undefined) {
      losses.add(`${name} is no time`, join(root, "metadata.json"));
    }
  }
  const params = await readObject(join(folder, "params.json"), losses);
  const path = join(folder, "metrics.json");
  if (!(await isFolder(folder))) losses.add("the folder of the run is not there", folder);
  const end = endOf(textOf(record, "status"), finishedAt, started.createdAt);
  return {
    started,
    atStart: startEvents(params, tagsBeyond(record, recordFields)),
    metrics: () => readMetrics({ path, losses, times }),
    files: files(folder, losses),
    read: [join(root, "metadata.json"), join(folder, "params.json"), path],
    losses,
    ...(end ? { end } : {}),
  };
}

async function* files(folder: string, losses: Losses) {
  yield* filesBelow(join(folder, "artifacts"), folder, losses);
  yield* otherFiles(folder, ["params.json", "metrics.json", "artifacts"], losses);
}

function plain(value: Json | undefined): Json | undefined {
  return isJsonList(value) ? undefined : value;
}
