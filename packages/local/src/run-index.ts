import { join } from "node:path";
import { isRunId, type Json, mainStream, parseJson, stringifyJson } from "@runferry/core";
import { writeAtomically } from "./atomic-file.ts";
import { type FileSystem, ifPresent, namesIn, systemCode } from "./file-system.ts";
import { type Layout, runLayout } from "./layout.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { type ListedMetric, type RunEntry, readEntry } from "./run-entry.ts";
import { runStateOf } from "./run-state.ts";

export interface ListOptions {
  /** Only these; default: every run that is not in the trash. */
  readonly ids?: readonly string[];
}

interface Cached {
  /** Size and time of the journal that the entry was read from. */
  readonly stamp: string;
  readonly text: string;
}

/** Lists runs by the ends of their journals. Ended ones are kept in `cache/`, which may be deleted at any time. */
export function listRuns(
  layout: Layout,
  fileSystem: FileSystem,
  identity: ProcessIdentity,
  { ids }: ListOptions = {},
): readonly RunEntry[] {
  const cacheFile = join(layout.cache, "runs.ndjson");
  const cached = readCache(cacheFile, fileSystem);
  const kept = new Map<string, Cached>();
  const entries: RunEntry[] = [];
  const wanted = ids && new Set(ids);
  let fresh = 0;
  for (const id of runIds(layout, fileSystem)) {
    const known = cached.get(id);
    if (wanted && !wanted.has(id)) {
      if (known) kept.set(id, known);
      continue;
    }
    const own = runLayout(join(layout.runs, id));
    const stamp = stampOf(own.stream(mainStream), fileSystem);
    if (stamp === undefined) continue;
    const entry = known?.stamp === stamp ? parseEntry(known.text) : undefined;
    if (known && entry) {
      entries.push(entry);
      kept.set(id, known);
      continue;
    }
    const read = readEntry(own, id, fileSystem);
    if (read === undefined) continue;
    if (read.endedAt !== undefined && read.endedBy === mainStream) {
      kept.set(id, { stamp, text: entryText(read) });
      fresh++;
    }
    const isOrphan = read.status === "running" && runStateOf(own, fileSystem, identity).isOrphan(mainStream);
    entries.push(isOrphan ? { ...read, status: "killed" } : read);
  }
  if (fresh > 0 || kept.size < cached.size) writeCache(cacheFile, layout, kept, fileSystem);
  return entries;
}

/** The ids of the runs in a store, oldest first. */
export function runIds(layout: Layout, fileSystem: FileSystem): readonly string[] {
  return namesIn(fileSystem, layout.runs).filter(isRunId).sort();
}

function stampOf(path: string, fileSystem: FileSystem): string | undefined {
  const there = fileSystem.statSync(path, { throwIfNoEntry: false });
  return there && `${there.size} ${there.mtimeMs} ${there.ino}`;
}

function readCache(path: string, fileSystem: FileSystem): ReadonlyMap<string, Cached> {
  const cached = new Map<string, Cached>();
  const text = ifPresent(() => fileSystem.readFileSync(path, "utf8")) ?? "";
  for (const line of text.split("\n")) {
    const [id, stamp, entry] = line.split("\t");
    if (id && stamp && entry) cached.set(id, { stamp, text: entry });
  }
  return cached;
}

function writeCache(path: string, layout: Layout, kept: ReadonlyMap<string, Cached>, fileSystem: FileSystem): void {
  const lines = [...kept].map(([id, { stamp, text }]) => `${id}\t${stamp}\t${text}\n`);
  try {
    fileSystem.mkdirSync(layout.cache, { recursive: true });
    writeAtomically(fileSystem, path, lines.join(""));
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause; // a full or read-only disk only makes the next list slower
  }
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
