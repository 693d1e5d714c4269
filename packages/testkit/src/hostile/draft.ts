import {
  createRunId,
  type FileRef,
  type MemoryJournal,
  mainStream,
  memoryJournal,
  type RunEvent,
  type RunStarted,
  type Writer,
} from "@runferry/core";
import { createRandom, type Random } from "../random.ts";

/** A run that is hard on whoever stores it, in a journal in memory. */
export interface HostileRun {
  /** What is hard about it. */
  readonly name: string;
  readonly journal: MemoryJournal;
  /** Texts that no destination may ever be sent, in whatever form. */
  readonly secrets: readonly string[];
}

/** A run while it is written. */
export interface Draft {
  readonly id: string;
  readonly random: Random;
  /** Appends to `main`; each event comes 1.25 ms after the last one of its run, unless `at` says otherwise. */
  log(event: RunEvent, at?: number): void;
  logTo(stream: string, event: RunEvent, at?: number): void;
  file(path: string, bytes: Uint8Array): Promise<FileRef>;
  readonly secrets: string[];
}

/** When every hostile run starts: a time with three decimals, far from any round number. */
export const startedAt = 1_732_181_400_123.456;

export interface DraftOptions {
  readonly started?: Partial<RunStarted>;
  /** Time between events. */
  readonly everyMs?: number;
  readonly startedAt?: number;
}

/** Writes one run. It begins with its start; the rest, its end included, is up to `write`. */
export async function draftRun(
  name: string,
  seed: number,
  write: (draft: Draft) => Promise<void> | void,
  options: DraftOptions = {},
): Promise<HostileRun> {
  const random = createRandom(seed + nameNumber(name));
  const begin = options.startedAt ?? startedAt;
  const id = options.started?.id ?? createRunId(begin, random.bytes(10));
  const journal = memoryJournal(id);
  const writers = new Map<string, Writer>();
  const secrets: string[] = [];
  let now = begin;

  function logTo(stream: string, event: RunEvent, at?: number): void {
    let writer = writers.get(stream);
    if (!writer) {
      writer = journal.writer(stream);
      writers.set(stream, writer);
    }
    writer.append(event, at ?? now);
    now += options.everyMs ?? 1.25;
  }

  logTo(mainStream, {
    kind: "run.started",
    format: 1,
    id,
    name,
    experiment: "hostile",
    createdAt: begin,
    ...options.started,
  });
  await write({
    id,
    random,
    log: (event, at) => logTo(mainStream, event, at),
    logTo,
    file: (path, bytes) => journal.putFile(path, bytes),
    secrets,
  });
  for (const writer of writers.values()) await writer.close();
  return { name, journal, secrets };
}

/** Tells the sequences of runs of one seed apart. */
function nameNumber(name: string): number {
  let sum = 0;
  for (const character of name) sum = (Math.imul(sum, 31) + character.codePointAt(0)!) >>> 0;
  return sum;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
