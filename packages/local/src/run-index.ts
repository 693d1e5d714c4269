import { join } from "node:path";
import { isRunId, type Json, mainStream, parseJson, stringifyJson } from "@runferry/core";
import { type FileSystem, namesIn } from "./file-system.ts";
import { type Layout, runLayout } from "./layout.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { openRunCache } from "./run-cache.ts";
import { type ListedMetric, type RunEntry, readEntry } from "./run-entry.ts";
import { runStateOf } from "./run-state.ts";

export interface ListOptions {
  /** Only these; default: every run that is not in the trash. */
  readonly ids?: readonly string[];
}

/**
 * Lists runs by the ends of their journals, one after the other. Ended ones are kept in `cache/`, which may be deleted at
 * any time; what is new is written there when the last was given.
 */
export function* listRuns(
  layout: Layout,
  fileSystem: FileSystem,
  identity: ProcessIdentity,
  { ids }: ListOptions = {},
): IterableIterator<RunEntry> {
  const cache = openRunCache(join(layout.cache, "runs.ndjson"), fileSystem);
  const wanted = ids && new Set(ids);
  for (const id of runIds(layout, fileSystem)) {
    const known = cache.find(id);
    if (wanted && !wanted.has(id)) continue;
    const own = runLayout(join(layout.runs, id));
    const stamp = stampOf(own.stream(mainStream), fileSystem);
    const entry = known && known.stamp === stamp ? parseEntry(known.text) : undefined;
    if (entry) {
      yield entry;
      continue;
    }
    const read = stamp === undefined ? undefined : readEntry(own, id, fileSystem);
    const isKept = stamp !== undefined && read?.endedAt !== undefined && read.endedBy === mainStream;
    if (isKept) cache.set(id, { id, stamp, text: entryText(read) });
    else if (known) cache.set(id, undefined);
    if (read === undefined) continue;
    const isOrphan = read.status === "running" && runStateOf(own, fileSystem, identity).isOrphan(mainStream);
    yield isOrphan ? { ...read, status: "killed" } : read;
  }
  cache.save();
}

/** The ids of the runs in a store, oldest first. */
export function runIds(layout: Layout, fileSystem: FileSystem): readonly string[] {
  return namesIn(fileSystem, layout.runs).filter(isRunId).sort();
}

function stampOf(path: string, fileSystem: FileSystem): string | undefined {
  const there = fileSystem.statSync(path, { throwIfNoEntry: false });
  return there && `${there.size} ${there.mtimeMs} ${there.ino}`;
}

/** Begins with `=` where numbers are spelled in a way that the fast parser would lose. */
function entryText(entry: RunEntry): string {
  const metrics = mapMetrics(entry.metrics, (value) => (Number.isFinite(value) ? value : String(value)));
  const text = stringifyJson({ ...entry, metrics } as unknown as Json);
  return stringifyJson(JSON.parse(text) as Json) === text ? text : `=${text}`;
}

/** What a crash or a hand has spoilt is read anew. */
function parseEntry(text: string): RunEntry | undefined {
  try {
    const parsed = (text.startsWith("=") ? parseJson(text.slice(1)) : JSON.parse(text)) as RunEntry;
    return text.startsWith("=") ? plainNumbers(parsed) : withNumbers(parsed);
  } catch {
    return undefined;
  }
}

function plainNumbers(entry: RunEntry): RunEntry {
  const plain = JSON.parse(JSON.stringify(entry)) as RunEntry;
  const system = entry.started.system === undefined ? {} : { system: entry.started.system };
  return withNumbers({ ...plain, params: entry.params, started: { ...plain.started, ...system } });
}

function withNumbers(entry: RunEntry): RunEntry {
  for (const name in entry.metrics) {
    const metric = entry.metrics[name]!;
    for (const key in metric) {
      if (typeof metric[key as keyof ListedMetric] !== "string") continue;
      return { ...entry, metrics: mapMetrics(entry.metrics, Number) };
    }
  }
  return entry;
}

function mapMetrics(metrics: RunEntry["metrics"], map: (value: number) => number | string): RunEntry["metrics"] {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      Object.fromEntries(Object.entries(metric).map(([key, value]) => [key, map(value)])) as unknown as ListedMetric,
    ]),
  );
}
