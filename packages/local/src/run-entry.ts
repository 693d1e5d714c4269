import {
  createRecovery,
  type Json,
  type MetricsLogged,
  mainStream,
  observerStream,
  type ParamsSet,
  type Recorded,
  type RunEnded,
  type RunStarted,
  type RunStatus,
  type TagsSet,
} from "@runferry/core";
import { type FileSystem, ifPresent } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import { readRange } from "./scan.ts";

/** What a list says of a metric; all but `last` is there once the run has ended. */
export interface ListedMetric {
  readonly last: number;
  readonly count?: number;
  readonly min?: number;
  readonly max?: number;
  readonly first?: number;
}

/**
 * A run as its first and last events tell it. Params and tags are those set before the first metrics and after the
 * last; the fold of the journal knows all of them.
 */
export interface RunEntry {
  readonly id: string;
  readonly started: RunStarted & { readonly at: number };
  readonly status: RunStatus;
  readonly endedAt?: number;
  /** When its own process last wrote anything. */
  readonly lastAt: number;
  /** The stream that told of the end: `main`, or `observer` for one that was seen from outside. */
  readonly endedBy?: string;
  readonly error?: RunEnded["error"];
  readonly params: { readonly [name: string]: Json };
  readonly tags: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: ListedMetric };
}

const firstBytes = 4096;
const mostHeadBytes = 1024 * 1024;
const tailBytes = 8 * 1024;
const newline = 10;

/** Reads the ends of a run's journal. Undefined where it does not begin with `run.started`. */
export function readEntry(layout: RunLayout, id: string, fileSystem: FileSystem): RunEntry | undefined {
  const fd = ifPresent(() => fileSystem.openSync(layout.stream(mainStream), "r"));
  if (fd === undefined) return undefined;
  let head: readonly Recorded[];
  let tail: readonly Recorded[];
  try {
    const size = fileSystem.fstatSync(fd).size;
    head = readHead(fileSystem, fd, size);
    tail = readTail(fileSystem, fd, size);
  } finally {
    fileSystem.closeSync(fd);
  }
  const first = head[0];
  if (first?.kind !== "run.started") return undefined;
  const { seq: _, ...started } = first;
  const facts = [...head, ...tail.filter((event) => event.seq > head.at(-1)!.seq)];
  const end = endOf(tail, layout, fileSystem);
  const metrics = end?.summary ?? lastValues(facts);
  return {
    id,
    started,
    status: end?.status ?? "running",
    lastAt: tail.at(-1)?.at ?? first.at,
    ...(end === undefined ? {} : { endedAt: end.at, endedBy: end.after === undefined ? mainStream : observerStream }),
    ...(end?.error === undefined ? {} : { error: end.error }),
    params: merged(facts, "params.set"),
    tags: withoutDeleted(merged(facts, "tags.set")),
    metrics,
  };
}

/** The events up to the first metrics, within bounds. */
function readHead(fileSystem: FileSystem, fd: number, size: number): readonly Recorded[] {
  for (let bytes = firstBytes; ; bytes *= 8) {
    const read = readRange(fileSystem, fd, 0, Math.min(bytes, size, mostHeadBytes));
    const events: Recorded[] = [];
    const recovery = createRecovery("journal");
    for (let from = 0, to = read.indexOf(newline) + 1; to > 0; from = to, to = read.indexOf(newline, from) + 1) {
      // Line by line: decoding what follows the first metrics would be most of the work.
      events.push(...recovery.push(read.subarray(from, to)).events);
      if (events.at(-1)?.kind === "metrics.logged") return events;
    }
    if (read.length === size || read.length >= mostHeadBytes) return events;
  }
}

/** The events after the last metrics and those metrics, within bounds. */
function readTail(fileSystem: FileSystem, fd: number, size: number): readonly Recorded[] {
  for (let bytes = tailBytes; ; bytes *= 8) {
    const from = Math.max(0, size - bytes);
    const read = readRange(fileSystem, fd, from, size);
    const events: Recorded[] = [];
    let to = read.lastIndexOf(newline) + 1;
    while (to > 0) {
      const start = to === 1 ? 0 : read.lastIndexOf(newline, to - 2) + 1;
      if (start === 0 && from > 0) break; // its beginning is not here
      const found = createRecovery("journal").push(read.subarray(start, to)).events;
      events.unshift(...found.filter((event) => event.kind !== "events.lost"));
      if (events[0]?.kind === "metrics.logged") return events;
      to = start;
    }
    if (from === 0 || bytes >= mostHeadBytes) return events;
  }
}

function endOf(tail: readonly Recorded[], layout: RunLayout, fileSystem: FileSystem): Recorded<RunEnded> | undefined {
  const last = tail.findLast((event) => event.kind === "run.ended" || event.kind === "run.resumed");
  if (last?.kind === "run.ended") return last;
  const fd = ifPresent(() => fileSystem.openSync(layout.stream(observerStream), "r"));
  if (fd === undefined) return undefined;
  try {
    const seen = readTail(fileSystem, fd, fileSystem.fstatSync(fd).size).at(-1);
    return seen?.kind === "run.ended" && (seen.after ?? 0) >= (tail.at(-1)?.seq ?? 0) ? seen : undefined;
  } finally {
    fileSystem.closeSync(fd);
  }
}

function merged<K extends "params.set" | "tags.set">(
  events: readonly Recorded[],
  kind: K,
): (K extends "params.set" ? ParamsSet : TagsSet)["values"] {
  const values = events.flatMap((event) => (event.kind === kind ? Object.entries((event as ParamsSet).values) : []));
  return Object.fromEntries(values) as (K extends "params.set" ? ParamsSet : TagsSet)["values"];
}

function withoutDeleted(tags: TagsSet["values"]): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(tags).flatMap(([name, tag]) => (tag === null ? [] : [[name, tag]])));
}

function lastValues(events: readonly Recorded[]): { readonly [name: string]: ListedMetric } {
  const logged = events.filter((event): event is Recorded<MetricsLogged> => event.kind === "metrics.logged");
  const values = logged.flatMap((event) => Object.entries(event.values));
  return Object.fromEntries(values.map(([name, last]) => [name, { last }]));
}
