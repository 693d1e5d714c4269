import {
  type Clock,
  createEncoder,
  createStamper,
  type EventsLost,
  isRunferryError,
  messageOf,
  type Recorded,
  type RunEvent,
  RunferryError,
  type Writer,
} from "@runferry/core";
import type { FileSystem } from "./file-system.ts";
import type { LineFile, Recoveries } from "./line-file.ts";
import { createLineQueue, type LineQueue } from "./line-queue.ts";
import type { Lock } from "./lock.ts";
import { createSummaryFold, type Summary, summaryOf } from "./run-summary.ts";
import { eventsIn } from "./scan.ts";
import { asTrouble } from "./system-trouble.ts";

/** What survives: `buffered` a crash but for the last second, `process` kill -9, `power` a power cut. */
export type Durability = "buffered" | "process" | "power";

export type Appended<E extends RunEvent = RunEvent> =
  | { readonly status: "recorded"; readonly event: Recorded<E> }
  /** No journal can hold the event. Nothing was written. */
  | { readonly status: "refused"; readonly cause: unknown }
  /** It could not be written now. It is counted, and an `events.lost` tells of it once writing works again. */
  | { readonly status: "lost"; readonly cause: unknown };

export interface LocalWriter extends Writer {
  /** Appends without ever throwing: what calls are made of that must not disturb a training. */
  tryAppend<E extends RunEvent>(event: E, at?: number): Appended<E>;
  /** What `flush` does, at once. Throws where something could not be written. */
  flushNow(): void;
  /** What `close` does, at once. */
  closeNow(): void;
  /** Of the metrics in this stream so far, for `run.ended`. */
  summary(): Summary;
  /** Events that could not be written and were not told of yet. */
  readonly untold: number;
  readonly last: { readonly seq: number; readonly at: number };
  /** The event that the stream ended with when it was opened. */
  readonly found: Recorded | undefined;
  readonly recoveries: Recoveries & { readonly lostTold: number };
}

export interface WriterOptions {
  readonly fileSystem: FileSystem;
  readonly file: LineFile;
  /** What messages call it. */
  readonly name: string;
  readonly clock: Clock;
  readonly durability: Durability;
  readonly lock: Lock;
  readonly onClose?: () => void;
}

/** Appends to a journal file under its lock: numbered, stamped, and on disk when it returns. */
export function journalWriter(options: WriterOptions): LocalWriter {
  const { file, name, clock, durability } = options;
  const encode = createEncoder();
  const queue: LineQueue = createLineQueue(file, durability, (cause) => note(cause));
  let last = file.found.last;
  let stamper = createStamper(clock, last);
  let lost = 0;
  let lostTold = 0;
  let lostCause: unknown;
  let closed = false;
  // A stream that is gone on with, or whose points a resume superseded, is read again for its summary.
  let folded = file.found.wholeBytes === 0 ? createSummaryFold() : undefined;

  function note(cause: unknown): void {
    lostCause = asTrouble(cause, `${name} could not be written`, "what was written before stands");
  }

  function tryAppend<E extends RunEvent>(event: E, at?: number): Appended<E> {
    if (closed) return { status: "refused", cause: closedError(name) };
    if (lost > 0 && !tellLost()) return giveUp(1);
    let recorded: Recorded<E>;
    let line: Uint8Array;
    try {
      recorded = stamper.stamp(event, at);
      line = encode(recorded);
    } catch (cause) {
      stamper = createStamper(clock, last);
      return { status: "refused", cause };
    }
    const failure = queue.add(line);
    if (failure !== undefined) {
      stamper = createStamper(clock, last);
      note(failure.cause);
      return giveUp(1);
    }
    last = recorded;
    if (recorded.kind === "metrics.logged") folded?.add(recorded);
    else if (recorded.kind === "run.resumed") folded = undefined;
    return { status: "recorded", event: recorded };
  }

  function giveUp(events: number): { readonly status: "lost"; readonly cause: unknown } {
    lost += events;
    return { status: "lost", cause: lostCause };
  }

  /** Says in the journal how many events it lacks. */
  function tellLost(): boolean {
    const stuck = queue.flush(); // what waits comes first, or the telling would wait as well, once for every event
    if (stuck !== undefined) {
      note(stuck.cause);
      return false;
    }
    const reason = isRunferryError(lostCause) ? messageOf(lostCause.cause ?? lostCause) : messageOf(lostCause);
    const told: EventsLost = { kind: "events.lost", count: lost, reason };
    const recorded = stamper.stamp(told);
    const failure = queue.add(encode(recorded));
    if (failure !== undefined) {
      stamper = createStamper(clock, last);
      note(failure.cause);
      return false;
    }
    last = recorded;
    lost = 0;
    lostTold++;
    return true;
  }

  function flushNow(): void {
    if (lost > 0) tellLost();
    const failure = queue.flush();
    if (failure !== undefined) note(failure.cause);
    if (failure !== undefined || lost > 0) throw unwritten(name, lost + queue.waiting, lostCause);
    file.sync();
  }

  function closeNow(): void {
    if (closed) return;
    closed = true;
    try {
      if (lost > 0) tellLost();
      const failure = queue.flush();
      if (failure !== undefined) note(failure.cause);
      if (failure !== undefined || lost > 0) throw unwritten(name, lost + queue.waiting, lostCause);
    } finally {
      queue.stop();
      clearInterval(heart);
      file.close();
      options.lock.release();
      options.onClose?.();
    }
  }

  function beat(): void {
    try {
      if (options.lock.beat()) return;
      closed = true; // someone took the lock over, and may be writing: two writers would spoil the file
      clearInterval(heart);
    } catch (cause) {
      note(cause); // the next beat may work; others wait for minutes
    }
  }
  const heart = setInterval(beat, options.lock.beatMs);
  heart.unref();

  return {
    tryAppend,
    append(event, at) {
      const appended = tryAppend(event, at);
      if (appended.status === "recorded") return appended.event;
      throw appended.cause;
    },
    flushNow,
    closeNow,
    async flush() {
      flushNow();
    },
    async close() {
      closeNow();
    },
    summary() {
      if (folded) return folded.summary;
      const failure = queue.flush(); // what waits is read with the rest
      if (failure !== undefined) note(failure.cause);
      return summaryOf(() => eventsIn(options.fileSystem, file.fd, file.size));
    },
    get untold() {
      return lost;
    },
    get last() {
      return { seq: last.seq, at: last.at };
    },
    found: file.found.lastEvent,
    get recoveries() {
      return { ...file.recoveries, lostTold };
    },
  };
}

function unwritten(name: string, count: number, cause: unknown): RunferryError {
  return new RunferryError("unavailable", `${count} events could not be written to ${name}: ${messageOf(cause)}`, {
    hint: isRunferryError(cause) ? cause.hint : "make the folder writable again and log on: the gap is then told",
    data: "everything before them is on disk and stands",
    cause,
  });
}

function closedError(name: string): RunferryError {
  return new RunferryError("closed", `the writer of ${name} is closed`, {
    hint: "open a new writer to go on with the run",
    data: "the event was not written; everything before it stands",
  });
}
