import {
  type Clock,
  type DeliveryState,
  destinationName,
  type ErrorCode,
  forward,
  isRunferryError,
  joinSignals,
  maskText,
  messageOf,
  type Progress,
  type RetryPolicy,
} from "@runferry/core";
import type { Lease, Store } from "@runferry/local";
import { parsePlace } from "../places.ts";
import type { OpenPlaces } from "./open-places.ts";

export interface OnceOptions {
  readonly store: Store;
  readonly run: string;
  /** `kind:address`, as the run remembers it. */
  readonly place: string;
  readonly places: OpenPlaces;
  /** Go on with what is appended until the run has ended. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly retry?: Partial<RetryPolicy>;
  readonly onProgress?: (progress: Progress) => void;
  /** How long after a failure it is tried again, for `status` to tell. */
  readonly againMs?: number;
}

export interface OnceResult {
  /** `busy`: another process delivers it. `failed`: it could not even begin. */
  readonly state: DeliveryState | "busy" | "failed";
  readonly cause?: string;
  readonly code?: ErrorCode;
}

/** How a destination is called in the store. */
export function destinationOf(place: string): Promise<string> {
  const { kind, address = "" } = parsePlace(place);
  return destinationName(kind, address);
}

const paceMs = 250;

/** Delivers a run to one of its places under the lease of it, once: where it stops, it says why. Never throws. */
export async function deliverOnce(options: OnceOptions): Promise<OnceResult> {
  const { store, run, place, signal, clock } = options;
  let lease: Lease | undefined;
  try {
    const destination = await destinationOf(place);
    lease = store.deliveries.lease(run, destination);
    const stop = joinSignals(signal, lease.lost);
    const result = await options.places
      .use(place, ({ backend, masks }) =>
        forward({
          journal: store.run(run).journal,
          backend,
          deliveries: store.deliveries,
          follow: options.follow,
          signal: stop.signal,
          mask: masks,
          clock,
          paceMs,
          ...(options.retry ? { retry: options.retry } : {}),
          ...(options.onProgress ? { onProgress: options.onProgress } : {}),
        }),
      )
      .finally(stop.release);
    if (lease.lost.aborted) return { state: "busy" };
    const { state, cause, code, delivery } = result;
    if (state === "incomplete" && delivery.trouble && cause !== undefined && options.againMs !== undefined) {
      const trouble = { ...delivery.trouble, retryAt: clock.now() + options.againMs };
      await store.deliveries.save(run, { ...delivery, trouble });
    }
    return { state, ...(cause === undefined ? {} : { cause }), ...(code === undefined ? {} : { code }) };
  } catch (cause) {
    if (isRunferryError(cause, "locked") && lease === undefined) return { state: "busy", cause: messageOf(cause) };
    if (signal.aborted) return { state: "cancelled" };
    return { state: "failed", ...(await noted(options, cause)) };
  } finally {
    release(lease);
  }
}

/** What kept it from beginning is shown by `status` like any other trouble. */
async function noted(
  { store, run, place, clock, againMs }: OnceOptions,
  cause: unknown,
): Promise<Omit<OnceResult, "state">> {
  const message = maskText(isRunferryError(cause) ? `${cause.message} (${cause.hint})` : messageOf(cause));
  const code = isRunferryError(cause) ? { code: cause.code } : {};
  try {
    const { kind, address = "" } = parsePlace(place);
    const destination = await destinationOf(place);
    const saved = store.deliveries.saved(run, destination) ?? { destination, kind, address, mapping: 0, streams: {} };
    const since = saved.trouble?.message === message ? saved.trouble.at : clock.now();
    const retry = againMs === undefined ? {} : { retryAt: clock.now() + againMs };
    const trouble = { message, at: since, ...code, ...retry };
    await store.deliveries.save(run, { ...saved, state: "incomplete", trouble });
  } catch {
    // The store itself cannot be written: then the log is all there is.
  }
  return { cause: message, ...code };
}

function release(lease: Lease | undefined): void {
  try {
    lease?.release();
  } catch {
    // The folder is gone, and the lease with it; or it is judged by its heartbeat.
  }
}
