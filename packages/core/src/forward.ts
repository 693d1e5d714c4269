import { type BatchLimits, defaultBatch } from "./batch.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Backend, Deliveries, Delivery, Journal, Stream } from "./contract.ts";
import { deliverStream, type StreamResult } from "./deliver-stream.ts";
import { type ErrorCode, isRunferryError, RunferryError } from "./errors.ts";
import { joinSignals } from "./join-signals.ts";
import { troubleFrom } from "./lane.ts";
import { openLedger } from "./ledger.ts";
import type { DeliveryState, Progress } from "./progress.ts";
import { defaultRetry, type RetryPolicy } from "./retry.ts";
import { createTeller, type Telling } from "./telling.ts";

export interface ForwardOptions {
  readonly journal: Journal;
  readonly backend: Backend;
  readonly deliveries: Deliveries;
  /**
   * An id for the run there, where its own cannot be had any more. It is remembered: only the first delivery needs it.
   * Throws `bad_option` where the place gives ids itself, or has the run under another.
   */
  readonly as?: string;
  /** Go on with what is appended until the run has ended (live delivery), or stop at what is there (export). */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Whether secrets are masked; only a place on the same disk may switch it off. Default: true. */
  readonly mask?: boolean;
  /** How the run is told there; saved with the cursor, and another one that changes what is there is an error. */
  readonly telling?: Telling;
  readonly onProgress?: (progress: Progress) => void;
  /** Default: the largest batch that the backend wants, or 1000 events and 1 MiB. */
  readonly batch?: Partial<BatchLimits>;
  readonly retry?: Partial<RetryPolicy>;
  /** Following, how long to gather what is being logged before it is sent. Default: 0. */
  readonly paceMs?: number;
  /** How much delivered work a crash may have to repeat. Default: 1000. */
  readonly saveEveryMs?: number;
  readonly clock?: Clock;
  /** Numbers from 0 to 1 for the jitter of retries. */
  readonly random?: () => number;
}

export interface ForwardResult {
  readonly state: DeliveryState;
  readonly delivery: Delivery;
  /** Why it is not delivered, in a sentence. */
  readonly cause?: string;
  readonly code?: ErrorCode;
}

/**
 * Delivers a run to a destination, from where the last call stopped. Live logging passes `follow: true`, export does
 * not; nothing else differs. It returns a state for whatever the destination does, and throws only for a delivery that
 * belongs elsewhere, a journal that cannot be read, and bugs of a backend. Parked events and every difference are in the
 * result and saved with the cursor.
 */
export async function forward(options: ForwardOptions): Promise<ForwardResult> {
  const { journal, backend, deliveries, follow = false, clock = systemClock, telling } = options;
  const saveEveryMs = checkedMs(options.saveEveryMs ?? 1000);
  const ledger = await openLedger({ journal, as: options.as, backend, deliveries, clock, saveEveryMs, telling });
  const teller = await createTeller(telling, journal);
  const report = (progress: Progress) => options.onProgress?.(progress);
  const wanted = { ...defaultBatch, ...backend.limits, ...options.batch };
  const limits = {
    events: checkedCount(Math.min(wanted.events, backend.limits?.events ?? 1e9)),
    bytes: checkedCount(Math.min(wanted.bytes, backend.limits?.bytes ?? 1e12)),
  };
  const stop = joinSignals(options.signal);
  const { signal } = stop;

  async function deliver(stream: Stream): Promise<StreamResult> {
    const result = await deliverStream(stream, {
      journal,
      backend,
      ledger,
      follow,
      signal,
      limits,
      paceMs: options.paceMs ?? 0,
      retry: { ...defaultRetry, ...(follow ? { attempts: Number.POSITIVE_INFINITY } : {}), ...options.retry },
      clock,
      random: options.random ?? Math.random,
      report,
      mask: options.mask ?? true,
      teller,
      started: teller.started,
    });
    const cause = result.cause === undefined ? {} : { cause: troubleFrom(result.cause).message };
    // Following, the other streams would go on until the run has ended.
    if (follow && result.cause !== undefined) stop.abort(stopped);
    report({
      run: journal.run,
      destination: ledger.destination,
      stream: stream.name,
      type: "stopped",
      state: result.state,
      ...cause,
    });
    return result;
  }

  const deliveriesUnderWay: Promise<StreamResult>[] = [];
  const stopped = new Error("another stream of the run could not go on");
  let bug: { readonly cause: unknown } | undefined;
  const note = (cause: unknown): StreamResult => {
    bug ??= { cause };
    stop.abort(cause); // the other streams need not go on
    return { state: "incomplete", cause };
  };
  try {
    for await (const stream of journal.streams({ follow, signal }))
      deliveriesUnderWay.push(deliver(stream).catch(note));
  } catch (cause) {
    if (!signal.aborted) note(cause);
  }
  const all = await Promise.all(deliveriesUnderWay);
  const results = all.filter(({ cause }) => cause !== stopped);
  if (bug === undefined && options.signal?.aborted) results.push({ state: "cancelled", cause: options.signal.reason });
  const worst = worstOf(results);
  stop.release();
  stop.abort(stopped);
  if (bug !== undefined) throw bug.cause;
  const trouble = worst.cause === undefined ? undefined : troubleFrom(worst.cause);
  const refused = { message: "some events were refused" };
  if (worst.state !== "cancelled") {
    await ledger.setTrouble(worst.state === "delivered" ? undefined : (trouble ?? refused));
  }
  await ledger.close(worst.state);
  const { state } = worst;
  return {
    state,
    delivery: ledger.delivery,
    ...(trouble === undefined ? {} : { cause: trouble.message }),
    ...(isRunferryError(worst.cause) ? { code: worst.cause.code } : {}),
  };
}

const severity: readonly DeliveryState[] = ["delivered", "incomplete", "cancelled", "gone"];

function worstOf(results: readonly StreamResult[]): StreamResult {
  return results.reduce<StreamResult>(
    (worst, result) => (severity.indexOf(result.state) > severity.indexOf(worst.state) ? result : worst),
    { state: "delivered" },
  );
}

function checkedCount(value: number): number {
  if (Number.isFinite(value) && value >= 1) return Math.floor(value);
  throw badOption(`a batch of ${value} holds no event`, "set batch.events and batch.bytes to 1 or more");
}

function checkedMs(value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw badOption(`saveEveryMs is ${value}`, "set it to 0 or more milliseconds");
}

function badOption(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was sent" });
}
