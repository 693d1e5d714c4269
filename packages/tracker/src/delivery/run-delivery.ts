import type { Store } from "@runferry/local";
import { parsePlace } from "../places.ts";
import type { Settings } from "../settings.ts";
import { awaitDelivery } from "./await-delivery.ts";
import type { DeliveryLink } from "./delivery-link.ts";
import type { ToldEnd } from "./delivery-service.ts";
import { type DestinationStatus, deliveryStatus } from "./delivery-status.ts";
import { type DeliveryLag, watchLag } from "./lag-watch.ts";
import { remotePlaces } from "./run-places.ts";

/** The delivery of one run, as its own process sees it: it tells others to deliver, looks, and waits. */
export interface RunDelivery {
  status(): Promise<readonly DestinationStatus[]>;
  /** Throws `bad_option` for what is no place. */
  add(place: string): void;
  remove(place: string): void;
  /** The journal has more than was announced: the run begins, goes on, or was corrected after its end. */
  announce(): void;
  /** The end could not be written. */
  tellEnd(end: ToldEnd): void;
  /** Waits for everything to arrive, up to a limit. */
  settle(waitMs?: number): Promise<void>;
}

export interface RunDeliveryParts {
  readonly store: Store;
  readonly run: string;
  /** `experiment/name` */
  readonly subject: string;
  readonly settings: Settings;
  /** Undefined where delivery is switched off. */
  readonly link: DeliveryLink | undefined;
  readonly say: (line: string) => void;
  readonly onLag?: (lag: DeliveryLag) => void;
}

const defaultWaitMs = 30_000;

export function createRunDelivery(parts: RunDeliveryParts): RunDelivery {
  const { store, run, subject, settings, link, say } = parts;
  const { deliveries } = store;
  const surroundings = { cwd: settings.cwd, env: settings.environment };
  let unwatch: (() => void) | undefined;

  function textsOf(place: string): readonly string[] {
    return remotePlaces([parsePlace(place, settings.namedPlaces)], store.folder, surroundings);
  }

  function announce(): void {
    if (link === undefined || deliveries.places(run).length === 0) return;
    link.serve(store, run);
    unwatch ??= watchLag({ store, run, subject, say, ...(parts.onLag ? { onLag: parts.onLag } : {}) });
  }

  return {
    status: () => deliveryStatus(store, run),
    announce,
    add(place) {
      deliveries.setPlaces(run, [...new Set([...deliveries.places(run), ...textsOf(place)])]);
      announce();
    },
    remove(place) {
      const gone = new Set(textsOf(place));
      deliveries.setPlaces(
        run,
        deliveries.places(run).filter((one) => !gone.has(one)),
      );
      link?.serve(store, run);
    },
    tellEnd: (end) => link?.tellEnd(store, run, end),
    async settle(waitMs = defaultWaitMs) {
      unwatch?.();
      unwatch = undefined;
      if (link === undefined || deliveries.places(run).length === 0) return;
      const terminal = process.stderr.isTTY && !settings.quiet ? { terminal: process.stderr } : {};
      await awaitDelivery({ store, run, subject, limitMs: waitMs, goesOn: link.goesOn, say, ...terminal });
    },
  };
}

/** For a run that is switched off, or one that another process delivers. */
export const noDelivery: RunDelivery = {
  status: async () => [],
  announce: () => undefined,
  add: () => undefined,
  remove: () => undefined,
  tellEnd: () => undefined,
  settle: async () => undefined,
};
