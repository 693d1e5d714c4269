import { systemClock } from "@runferry/core";
import type { Destination } from "../destination.ts";
import { createDeliveryService } from "./delivery-service.ts";

export interface FollowStoreOptions {
  /** The folder of the store. */
  readonly dir: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** For tests. */
  readonly open?: (place: string) => Promise<Destination>;
  readonly lookEveryMs?: number;
}

/**
 * Delivers whatever comes to be in a store, also runs that other machines log there, until the signal. What another
 * process delivers is left to it.
 */
export async function followStore({ dir, signal, log, open, lookEveryMs = 5000 }: FollowStoreOptions): Promise<void> {
  const service = createDeliveryService({ log, ...(open ? { open } : {}) });
  while (!signal.aborted) {
    service.takeOrphans(dir, { live: true });
    await systemClock.sleep(lookEveryMs, signal);
  }
  await service.stop(new Error("interrupted"));
}
