import { messageOf } from "@runferry/core";
import type { Store } from "@runferry/local";
import { type DestinationStatus, deliveryStatus } from "./delivery-status.ts";

export interface LagOptions {
  readonly store: Store;
  readonly run: string;
  readonly subject: string;
  readonly say: (line: string) => void;
  /** Called when a place falls behind, again each time the lag has doubled, and once it is up to date again. */
  readonly onLag?: (lag: DeliveryLag) => void;
  /** From which age of the oldest waiting event on. Default: 60 s. */
  readonly alertMs?: number;
  readonly lookEveryMs?: number;
}

export interface DeliveryLag extends DestinationStatus {
  readonly run: string;
  /** The age of the oldest event that waits; 0 when it is up to date again. */
  readonly lagMs: number;
}

/** Looks at the places of a run now and then, and says once when one falls behind. Keeps no process from ending. */
export function watchLag(options: LagOptions): () => void {
  const { store, run, subject, say, alertMs = 60_000, lookEveryMs = 10_000 } = options;
  const told = new Map<string, number>(); // the lag that was told of
  let isLooking = false;

  async function look(): Promise<void> {
    for (const status of await deliveryStatus(store, run)) {
      if (!status.isFollowed) continue;
      const { place, waiting } = status;
      const lagMs = waiting.oldestAt === undefined ? 0 : Math.max(0, Date.now() - waiting.oldestAt);
      const last = told.get(place);
      if (last === undefined ? lagMs >= alertMs : lagMs >= 2 * last) {
        if (last === undefined) say(`${subject}: ${lagText(status, lagMs)}`);
        told.set(place, lagMs);
        options.onLag?.({ ...status, run, lagMs });
      } else if (last !== undefined && lagMs < alertMs / 2) {
        told.delete(place);
        say(`${subject}: ${place} has caught up`);
        options.onLag?.({ ...status, run, lagMs });
      }
    }
  }

  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((cause: unknown) => {
        clearInterval(timer);
        say(`${subject}: the delivery cannot be looked at: ${messageOf(cause)}`);
      })
      .finally(() => {
        isLooking = false;
      });
  }, lookEveryMs).unref();
  return () => clearInterval(timer);
}

function lagText({ place, waiting, lastError }: DestinationStatus, lagMs: number): string {
  const why = lastError === undefined ? "" : `: ${lastError.message}`;
  return `${place} is ${waiting.events} ${waiting.events === 1 ? "event" : "events"} and ${Math.round(lagMs / 1000)} s behind${why} · training goes on, nothing is lost`;
}
