import { type Clock, getOrCreate, isRunferryError, type Progress, systemClock } from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "../destination.ts";
import { parsePlace } from "../places.ts";
import { deliverOnce, destinationOf, type OnceResult } from "./deliver-once.ts";
import { goneWith, isGoneFolder } from "./gone-folder.ts";
import { createOpenPlaces } from "./open-places.ts";
import { openPlace } from "./run-places.ts";

export interface SyncOptions {
  readonly store: Store;
  /** Ids; default: every run of the store. */
  readonly runs?: readonly string[];
  /** Places as `kind:address` that the runs go to from now on as well; only these are then delivered to. */
  readonly to?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (place: string, run: string, done: number, of: number, progress?: Progress) => void;
  /** For tests. */
  readonly open?: (place: string) => Promise<Destination>;
  readonly clock?: Clock;
}

export interface SyncedRun extends OnceResult {
  readonly run: string;
  readonly place: string;
}

const atOnce = 4;

/**
 * Delivers what is still to come of runs to their places, and notes the end of those whose process died. What another
 * process delivers is left to it. Gives what became of each that was not up to date.
 */
export async function syncRuns(options: SyncOptions): Promise<readonly SyncedRun[]> {
  const { store, to, signal = new AbortController().signal, clock = systemClock } = options;
  const places = createOpenPlaces(options.open ?? openPlace);
  const wanted: { readonly run: string; readonly place: string }[] = [];
  const synced: SyncedRun[] = [];
  const gone = new Map<string, boolean>(); // as it is now: the first run that is new there makes the folder anew
  for (const run of options.runs ?? store.ids()) {
    if (to) addPlaces(store, run, to);
    noteDeath(store, run);
    for (const place of store.deliveries.places(run)) {
      if (to && !to.includes(place)) continue;
      const { address = "" } = parsePlace(place);
      const destination = await destinationOf(place);
      const isGone = getOrCreate(gone, place, () => isGoneFolder(address));
      const trouble = isGone ? goneWith(address, store.deliveries.saved(run, destination)) : undefined;
      if (trouble) synced.push({ run, place, state: "gone", cause: `${trouble.message} (${trouble.hint})` });
      else if (!store.deliveries.isSettled(run, destination)) wanted.push({ run, place });
    }
  }
  const away = new Map<string, OnceResult>(); // places that gave no answer: not waited for once more for every run

  async function work(): Promise<void> {
    for (let next = wanted.shift(); next && !signal.aborted; next = wanted.shift()) {
      const { run, place } = next;
      const tell = (progress?: Progress) =>
        options.onProgress?.(place, run, synced.length, synced.length + wanted.length + 1, progress);
      tell();
      const result =
        away.get(place) ??
        (await deliverOnce({ store, run, place, places, follow: false, signal, clock, onProgress: tell }));
      if (result.state === "failed" || (result.state === "incomplete" && result.cause !== undefined)) {
        if (result.code === "needs_credentials" || result.code === "unavailable") away.set(place, result);
      }
      synced.push({ run, place, ...result });
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return synced;
}

export function addPlaces(store: Store, run: string, places: readonly string[]): void {
  const known = store.deliveries.places(run);
  const all = [...new Set([...known, ...places])];
  if (all.length > known.length) store.deliveries.setPlaces(run, all);
}

function noteDeath(store: Store, run: string): void {
  try {
    const stored = store.run(run);
    if (stored.isOrphan) stored.recordKilled();
  } catch (cause) {
    if (!isRunferryError(cause, "locked")) throw cause; // another process is noting it
  }
}
