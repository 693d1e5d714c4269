import type { BatchLimits } from "./batch.ts";
import { createBefore } from "./before.ts";
import type { Stream } from "./contract.ts";
import { createTally, type Difference } from "./differences.ts";
import { RunferryError } from "./errors.ts";
import { endsStream, fileOf, mainStream, observerStream, type Recorded, type RunStarted } from "./events.ts";
import { createLane, type LaneOptions, type LaneSender, LaneStopped } from "./lane.ts";
import { maskEvent } from "./mask.ts";
import type { DeliveryState } from "./progress.ts";
import { excluded } from "./telling.ts";
import { createWaiting, waitingAlone } from "./waiting.ts";

export type StreamOptions = Omit<LaneOptions, "lane" | "stream" | "before" | "ownDifferences"> & {
  readonly follow: boolean;
  readonly limits: BatchLimits;
  /** How long to gather what is being logged before it is sent. */
  readonly paceMs: number;
  readonly mask: boolean;
  /** Streams other than `main` are delivered on their own, and still need to say which run they belong to. */
  readonly started: RunStarted | undefined;
};

export interface StreamResult {
  readonly state: DeliveryState;
  readonly cause?: unknown;
}

/** Delivers one stream through both lanes. Never throws for what a destination does; a bug of a backend is thrown. */
export async function deliverStream(stream: Stream, options: StreamOptions): Promise<StreamResult> {
  const { backend, ledger, signal } = options;
  const begin = ledger.stream(stream.name);
  const parked = new Set(begin.parked.flatMap((event) => (event.lane === "facts" ? [event.seq] : [])));
  const before = createBefore(stream.name, stream.name === mainStream ? undefined : options.started);
  const ownDifferences = new Map<number, readonly Difference[]>();
  const laneOptions = { ...options, stream: stream.name, before, ownDifferences };
  const files = backend.filesLane ? createFileQueue(createLane({ ...laneOptions, lane: "files" })) : undefined;
  const facts = createLane({ ...laneOptions, lane: "facts", onAccepted: (event) => files?.push(event) });
  const waiting = createWaiting(options.limits, { isPacked: backend.inPieces === true });
  let lastSeq = 0;

  async function run(): Promise<void> {
    for await (const chunk of stream.read({ follow: options.follow, signal })) {
      for (const recorded of chunk) {
        const { events, leftOut } = options.teller.tell(stream.name, recorded);
        for (const told of events) {
          lastSeq = told.seq;
          const event = outgoing(told, leftOut);
          if (event.seq > begin.cursor.through) {
            if (event.kind === "run.ended") await sendEnd(event);
            else waiting.push(event);
          } else if (!parked.has(event.seq)) {
            before.add(event);
            // What the facts lane has already had, the files lane may still have to get.
            if (event.seq > begin.cursor.bulk && fileOf(event)) files?.push(event);
          }
          // A file that was refused, and is excluded since, is missed no more.
          const isExcluded = leftOut.length > 0 && event.kind !== recorded.kind;
          if (isExcluded && begin.parked.some(({ seq }) => seq === event.seq)) {
            await ledger.update(stream.name, { unparked: event.seq });
          }
        }
      }
      // Chunks are as large as the journal has them; a batch is as large as the backend wants it.
      await facts.send(waiting, options.follow);
      if (!options.follow) continue;
      files?.check();
      ledger.saveSoon(signal);
      await gather(chunk.at(-1));
    }
    await facts.send(waiting);
    signal.throwIfAborted();
    if (lastSeq < begin.cursor.through) throw cursorAhead();
    await files?.drain();
  }

  /** What is logged in a steady flow goes in a few requests a second; what has been waiting goes at once. */
  async function gather(last: Recorded | undefined): Promise<void> {
    const isLive = last !== undefined && !endsStream(last) && options.clock.now() - last.at < 2 * options.paceMs;
    if (isLive) await options.clock.sleep(options.paceMs, signal);
  }

  /** The end of a run is only told once every file before it has arrived. */
  async function sendEnd(end: Recorded): Promise<void> {
    await facts.send(waiting);
    await files?.drain();
    if (await isVoid(end)) await facts.skip(end);
    else await facts.send(waitingAlone(end));
  }

  /** An end seen from outside, of a run that has gone on since. */
  async function isVoid(end: Recorded): Promise<boolean> {
    if (stream.name !== observerStream || end.kind !== "run.ended" || end.after === undefined) return false;
    for await (const other of options.journal.streams({ signal })) {
      if (other.name !== mainStream) continue;
      const after = end.after - options.teller.ahead;
      for await (const later of other.read({ after, signal })) if (later.length > 0) return true;
    }
    return false;
  }

  /** The event as it may leave; what the journal itself has lost, and what is left out, is told with the delivery too. */
  function outgoing(told: Recorded, leftOut: readonly string[]): Recorded {
    const { event, masked: places } = options.mask ? maskEvent(told) : { event: told, masked: [] };
    if (places.length === 0 && leftOut.length === 0 && event.kind !== "events.lost") return event;
    const own = createTally();
    for (const name of leftOut) own.add("left out", excluded, name);
    for (const place of places) own.add("converted", "secrets masked", place);
    if (event.kind === "events.lost") own.add("lost", event.reason, event.where, event.count);
    ownDifferences.set(event.seq, own.differences);
    return event;
  }

  function cursorAhead(): RunferryError {
    return new RunferryError(
      "cursor_mismatch",
      `${ledger.destination} has got event ${begin.cursor.through} of stream ${stream.name}, which ends at ${lastSeq} here`,
      {
        hint: "the journal was cut or replaced after it was delivered; restore it, or deliver to a new place",
        data: "nothing was sent; what was delivered before is unchanged",
      },
    );
  }

  let result: StreamResult;
  try {
    await run();
    result = ledger.stream(stream.name).parked.length > 0 ? { state: "incomplete" } : { state: "delivered" };
  } catch (cause) {
    await files?.settle();
    result = resultOf(cause);
  }
  if (files === undefined || files.idle) await levelBulk();
  return result;

  /** With no file left to send, the files lane has had everything that the facts lane has. */
  async function levelBulk(): Promise<void> {
    const cursor = ledger.stream(stream.name).cursor;
    if (cursor.bulk < cursor.through) await ledger.update(stream.name, { cursor: { ...cursor, bulk: cursor.through } });
  }

  function resultOf(cause: unknown): StreamResult {
    if (signal.aborted) return { state: "cancelled", cause: signal.reason };
    if (cause instanceof LaneStopped) return { state: cause.state, cause: cause.cause };
    throw cause;
  }
}

interface FileQueue {
  push(event: Recorded): void;
  /** Resolves when every file pushed so far was accepted or parked; throws where the lane stopped. */
  drain(): Promise<void>;
  /** Throws where the lane has stopped. */
  check(): void;
  /** Resolves when nothing is under way any more, however it ended. */
  settle(): Promise<void>;
  readonly idle: boolean;
}

/** Sends files one after the other while the facts go on. */
function createFileQueue(lane: LaneSender): FileQueue {
  const waiting: Recorded[] = [];
  let failure: { readonly cause: unknown } | undefined;
  let working: Promise<void> | undefined;

  async function work(): Promise<void> {
    try {
      for (let event = waiting[0]; event; event = waiting[0]) {
        await lane.send(waitingAlone(event));
        waiting.shift();
      }
    } catch (cause) {
      failure = { cause };
    }
    working = undefined;
  }

  function check(): void {
    if (failure) throw failure.cause;
  }

  return {
    push(event) {
      waiting.push(event);
      if (!failure) working ??= work();
    },
    async drain() {
      await working;
      check();
    },
    check,
    async settle() {
      await working;
    },
    get idle() {
      return waiting.length === 0 && !failure;
    },
  };
}
