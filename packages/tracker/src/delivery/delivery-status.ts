import { type Delivery, type ErrorCode, mainStream, type Parked, type Remote, readThrough } from "@runferry/core";
import type { Store } from "@runferry/local";
import { parsePlace } from "../places.ts";
import { destinationOf } from "./deliver-once.ts";
import { goneWith, isGoneFolder } from "./gone-folder.ts";

/** How far a place got with a run. Times are milliseconds since 1970. */
export interface DestinationStatus {
  /** `kind:address` */
  readonly place: string;
  /** What the store calls it. */
  readonly destination: string;
  /**
   * `up to date`: it was told everything. `behind`: it is being delivered to. `stopped`: something is waiting, and no
   * process delivers it. `incomplete`: it refused events. `gone`: the run was deleted there, or its folder was.
   */
  readonly state: "up to date" | "behind" | "stopped" | "incomplete" | "gone";
  /** Whether new events go there as well; else it was an export. */
  readonly isFollowed: boolean;
  /** Events that it was told. */
  readonly delivered: number;
  readonly waiting: { readonly events: number; readonly bytes: number; readonly oldestAt?: number };
  readonly eventsPerSecond?: number;
  readonly etaMs?: number;
  readonly parked: readonly Parked[];
  readonly lastError?: { readonly message: string; readonly at: number; readonly code?: ErrorCode };
  readonly nextRetryAt?: number;
  readonly remote?: Remote;
}

/** How far each place got with a run: those it is delivered to, and those it was exported to. Sends nothing. */
export async function deliveryStatus(store: Store, run: string): Promise<readonly DestinationStatus[]> {
  const { deliveries } = store;
  const places = new Map<string, { readonly place: string; readonly isFollowed: boolean }>();
  for (const place of deliveries.places(run)) places.set(await destinationOf(place), { place, isFollowed: true });
  for (const destination of deliveries.destinations(run)) {
    if (places.has(destination)) continue;
    const saved = deliveries.saved(run, destination);
    if (saved) places.set(destination, { place: `${saved.kind}:${saved.address}`, isFollowed: false });
  }
  return [...places].map(([destination, { place, isFollowed }]) => {
    const saved = deliveries.saved(run, destination);
    // Between two attempts nobody holds the lease, so that others may try.
    const isTriedAgain = (saved?.trouble?.retryAt ?? 0) > Date.now() - 1000;
    const isServed = isTriedAgain || deliveries.leaseHolder(run, destination) !== undefined;
    const told = { place, destination, isFollowed, ...statusOf(store, run, saved, isServed) };
    // What copies of their own are saved under is no place to open.
    const { address = "" } = saved?.telling?.into === undefined ? parsePlace(place) : {};
    const isGone = isGoneFolder(address) && goneWith(address, saved) !== undefined;
    return isGone ? { ...told, state: "gone" as const } : told;
  });
}

type Told = Omit<DestinationStatus, "place" | "destination" | "isFollowed">;

function statusOf(store: Store, run: string, saved: Delivery | undefined, isServed: boolean): Told {
  const stored = store.run(run);
  const throughs = stored.streams.map((name) => [name, readThrough(saved, name).through] as const);
  const behind = throughs.map(([name, through]) => stored.behind(name, through));
  const events = behind.reduce((sum, one) => sum + one.events, 0);
  const oldest = behind.flatMap(({ oldestAt }) => oldestAt ?? []).sort((a, b) => a - b)[0];
  const parked = Object.values(saved?.streams ?? {}).flatMap((stream) => stream.parked);
  const waiting = {
    events,
    bytes: behind.reduce((sum, one) => sum + one.bytes, 0),
    ...(oldest === undefined ? {} : { oldestAt: oldest }),
  };
  const { trouble, remote, eventsPerSecond, state } = saved ?? {};
  // Files may still be under way when every event has been told.
  const hasFiles = state !== "delivered" && stored.lastOf(mainStream)?.kind === "run.ended";
  const isWaiting = events > 0 || (hasFiles && parked.length === 0);
  return {
    state:
      state === "gone"
        ? "gone"
        : isWaiting
          ? isServed
            ? "behind"
            : "stopped"
          : parked.length > 0
            ? "incomplete"
            : "up to date",
    delivered: throughs.reduce((sum, [, through]) => sum + through, 0),
    waiting,
    ...(eventsPerSecond && events > 0 ? { eventsPerSecond, etaMs: Math.ceil((events / eventsPerSecond) * 1000) } : {}),
    parked,
    ...(trouble ? { lastError: withoutRetry(trouble) } : {}),
    ...(trouble?.retryAt === undefined ? {} : { nextRetryAt: trouble.retryAt }),
    ...(remote ? { remote } : {}),
  };
}

function withoutRetry({ message, at, code }: NonNullable<Delivery["trouble"]>): NonNullable<Told["lastError"]> {
  return { message, at, ...(code === undefined ? {} : { code }) };
}
