import type { BeforeFold } from "./before.ts";
import type { Clock } from "./clock.ts";
import {
  type Backend,
  type Cursor,
  type Journal,
  type Lane,
  maxMemoBytes,
  type Outcome,
  type Trouble,
} from "./contract.ts";
import { addDifferences, type Difference } from "./differences.ts";
import { isRunferryError, messageOf, RunferryError } from "./errors.ts";
import { fileOf, type Recorded } from "./events.ts";
import { type Given, handedOut, placeIn } from "./handed-out.ts";
import { isReplaced } from "./is-replaced.ts";
import { type Json, stringifyJson } from "./json.ts";
import type { Ledger, LedgerChange } from "./ledger.ts";
import { maskText } from "./mask.ts";
import type { Progress } from "./progress.ts";
import { type RetryPolicy, retryDelay } from "./retry.ts";
import type { Teller } from "./telling.ts";
import type { Waiting } from "./waiting.ts";

/** What is saved and shown of a cause. */
export function troubleFrom(cause: unknown, retryAt?: number): Omit<Trouble, "at"> {
  const message = maskText(isRunferryError(cause) ? `${cause.message} (${cause.hint})` : messageOf(cause));
  return {
    message,
    ...(isRunferryError(cause) ? { code: cause.code } : {}),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/** Why a lane stands still. The cursor is where it was; the same call continues. */
export class LaneStopped extends Error {
  readonly state: "incomplete" | "gone" | "cancelled";
  constructor(state: "incomplete" | "gone" | "cancelled", cause: unknown) {
    super(maskText(messageOf(cause)), { cause });
    this.state = state;
  }
}

export interface LaneOptions {
  readonly lane: Lane;
  readonly stream: string;
  readonly journal: Journal;
  readonly backend: Backend;
  readonly ledger: Ledger;
  readonly teller: Teller;
  readonly before: BeforeFold;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: (progress: Progress) => void;
  /** Called for every event with a file whose facts arrived, in order. */
  readonly onAccepted?: (event: Recorded) => void;
  /** Differences made on the way to the backend, by seq, until they are told: masked secrets. */
  readonly ownDifferences: Map<number, readonly Difference[]>;
}

/** Sends events one batch at a time until each is accepted or parked. */
export interface LaneSender {
  /** Sends all that waits, or only what makes full batches. Throws `LaneStopped` where it cannot go on. */
  send(waiting: Waiting, all?: boolean): Promise<void>;
  /** Passes over an event that no longer says anything. */
  skip(event: Recorded): Promise<void>;
}

export function createLane(options: LaneOptions): LaneSender {
  const { lane, stream, backend, ledger, before, clock, signal } = options;
  const place = { run: options.journal.run, destination: ledger.destination, stream };
  let notBefore = 0;

  async function send(waiting: Waiting, all = true): Promise<void> {
    let attempt = 0;
    let stopAt = Number.POSITIVE_INFINITY; // in front of an event that was refused, until it is its turn
    while (waiting.length > 0 && (all || waiting.isFull)) {
      await waitUntil(notBefore);
      const given = handedOut(waiting, stopAt, backend.inPieces === true);
      const outcome = await write(given);
      if (outcome.status === "accepted") {
        attempt = 0;
        const taken = await accept(waiting, given, outcome);
        waiting.drop(taken);
        stopAt = stopAt === taken ? Number.POSITIVE_INFINITY : stopAt - taken;
      } else if (outcome.status === "retry") {
        await backOff(++attempt, outcome);
      } else {
        const refused = placeIn(waiting, given, outcome.seq);
        if (refused < 0) throw broken(`refused event ${outcome.seq}, which is not in the batch it was given`);
        if (isRunferryError(outcome.cause, "gone")) throw new LaneStopped("gone", outcome.cause);
        attempt = 0;
        if (refused > 0) {
          stopAt = refused;
        } else {
          await passOver(given.batch[0]!, outcome.cause);
          waiting.drop(1);
          stopAt = Number.POSITIVE_INFINITY;
        }
      }
    }
  }

  async function write({ batch, rest }: Given): Promise<Outcome> {
    signal.throwIfAborted();
    const file = fileOf(batch[0]!);
    return backend.write(batch, {
      run: options.teller.run,
      ...(ledger.delivery.as === undefined ? {} : { as: ledger.delivery.as }),
      stream,
      lane,
      cursor: ledger.stream(stream).cursor,
      before: before.before,
      ...(rest === undefined ? {} : { rest }),
      open: (ref, { start = 0 } = {}) => options.journal.open(ref, { start, signal }),
      signal,
      report: (sent) => {
        options.report({ ...place, type: "sending file", path: file?.path ?? "", sent, bytes: file?.bytes ?? 0 });
      },
    });
  }

  async function accept(
    waiting: Waiting,
    { batch, lastSeq }: Given,
    outcome: Outcome & { status: "accepted" },
  ): Promise<number> {
    const reached = lane === "facts" ? outcome.cursor.through : outcome.cursor.bulk;
    if (reached < batch[0]!.seq || reached > lastSeq) {
      throw broken(`accepted up to ${reached} of a batch from ${batch[0]!.seq} to ${lastSeq}`);
    }
    const own: (readonly Difference[])[] = [outcome.differences ?? []];
    const withFiles: Recorded[] = [];
    let taken = 0;
    for (const event of waiting.batch()) {
      if (event.seq > reached) break;
      taken++;
      if (fileOf(event)) withFiles.push(event);
      if (lane === "files") continue;
      before.add(event);
      const made = options.ownDifferences.get(event.seq);
      if (!made) continue;
      own.push(made);
      options.ownDifferences.delete(event.seq);
    }
    const memo = lane === "facts" ? outcome.cursor.memo : outcome.cursor.bulkMemo;
    const change = { cursor: advanced(reached, memo), differences: addDifferences(...own) };
    // A file is expensive to send again, so its acceptance is saved at once.
    await ledger.update(stream, outcome.remote ? { ...change, remote: outcome.remote } : change, lane === "files");
    // Only now: a file that begins must see what was learnt with its event.
    for (const event of withFiles) options.onAccepted?.(event);
    await ledger.setTrouble(undefined);
    notBefore = clock.now() + (outcome.notBeforeMs ?? 0);
    options.report({ ...place, type: "accepted", lane, through: reached, events: taken });
    return taken;
  }

  /** Bytes that are gone here and that nobody asks for any more are a loss: no place will ever get them. */
  async function passOver(event: Recorded, cause: unknown): Promise<void> {
    const isGone = isRunferryError(cause, "file_missing");
    if (!isGone || !(await isReplaced(options.journal, event, signal))) return park(event, cause);
    const lost = { grade: "lost", kind: "replaced versions of files, whose bytes are gone", count: 1 } as const;
    const differences = [{ ...lost, example: fileOf(event)!.path }];
    if (lane === "facts") before.add(event);
    await ledger.update(stream, { cursor: advanced(event.seq), differences }, true);
  }

  async function park(event: Recorded, cause: unknown): Promise<void> {
    const reason = maskText(messageOf(cause));
    const change: LedgerChange = {
      cursor: advanced(event.seq),
      parked: { seq: event.seq, lane, kind: event.kind, reason },
    };
    await ledger.update(stream, change, true);
    options.report({ ...place, type: "parked", lane, seq: event.seq, cause: reason });
  }

  async function backOff(attempt: number, outcome: Outcome & { status: "retry" }): Promise<void> {
    const cause = maskText(messageOf(outcome.cause));
    if (outcome.memo !== undefined) await ledger.update(stream, { cursor: advanced(undefined, outcome.memo) });
    // Neither credentials nor another address come by waiting: whoever follows begins anew once they are there.
    const hopeless =
      isRunferryError(outcome.cause, "needs_credentials") || isRunferryError(outcome.cause, "bad_option");
    if (hopeless || attempt >= options.retry.attempts) throw new LaneStopped("incomplete", outcome.cause);
    const inMs = retryDelay(options.retry, attempt, outcome.afterMs ?? 0, options.random);
    await ledger.setTrouble(troubleFrom(outcome.cause, clock.now() + inMs));
    options.report({ ...place, type: "retrying", lane, attempt, inMs, cause });
    await waitUntil(clock.now() + inMs);
  }

  /** The cursor of now with this lane's part moved; the other lane may have moved its own meanwhile. */
  function advanced(reached: number | undefined, memo?: Json): Cursor {
    if (memo !== undefined && stringifyJson(memo).length > maxMemoBytes) {
      throw broken(`returned a memo of ${stringifyJson(memo).length} bytes; ${maxMemoBytes} are allowed`);
    }
    const cursor = ledger.stream(stream).cursor;
    return lane === "facts"
      ? { ...cursor, through: reached ?? cursor.through, memo: memo ?? cursor.memo }
      : { ...cursor, bulk: reached ?? cursor.bulk, bulkMemo: memo ?? cursor.bulkMemo };
  }

  async function waitUntil(time: number): Promise<void> {
    const wait = time - clock.now();
    if (wait > 0) await clock.sleep(wait, signal);
    signal.throwIfAborted();
  }

  function broken(what: string): RunferryError {
    return new RunferryError("contract_broken", `the ${backend.kind} backend ${what}`, {
      hint: "this is a bug of the backend: run the laws of the testkit on it",
      data: "the cursor is where it was; nothing is marked as delivered that was not",
    });
  }

  return { send, skip: (event) => ledger.update(stream, { cursor: advanced(event.seq) }) };
}
