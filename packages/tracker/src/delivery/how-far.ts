import { messageOf, readThrough } from "@runferry/core";
import type { Store } from "@runferry/local";
import { destinationOf, type OnceResult } from "./deliver-once.ts";

/** Nothing was kept from the place, even where it refused something. */
export function isOver({ state, cause }: OnceResult): boolean {
  return state === "delivered" || (state === "incomplete" && cause === undefined);
}

export function isForOthers({ state, code }: OnceResult): boolean {
  return state === "busy" || code === "needs_credentials" || code === "bad_option";
}

export function isEnded(store: Store, run: string): boolean {
  return store.run(run).lastOf("main")?.kind === "run.ended";
}

/** Whether the place was told everything that is in the journal now, whatever it made of it. */
export async function hasAll(store: Store, run: string, place: string): Promise<boolean> {
  const saved = store.deliveries.saved(run, await destinationOf(place));
  const stored = store.run(run);
  return stored.streams.every((name) => readThrough(saved, name).through >= (stored.lastOf(name)?.seq ?? 0));
}

export async function isSettled(store: Store, run: string, place: string): Promise<boolean> {
  const destination = await destinationOf(place);
  const saved = store.deliveries.saved(run, destination);
  return saved?.state === "gone" || store.deliveries.isSettled(run, destination);
}

export function isPresent(store: Store, run: string): boolean {
  try {
    return store.has(run);
  } catch {
    return false; // the store itself is gone
  }
}

/** Whether the place had the facts and files of everything, also where it refused some. */
async function hadAll(store: Store, run: string, place: string): Promise<boolean> {
  const saved = store.deliveries.saved(run, await destinationOf(place));
  const stored = store.run(run);
  return stored.streams.every((name) => {
    const { through, bulk } = readThrough(saved, name);
    return Math.min(through, bulk) >= (stored.lastOf(name)?.seq ?? 0);
  });
}

/** Whether a process that lives logs the run. */
export function isLogged(store: Store, run: string): boolean {
  return !isEnded(store, run) && !store.run(run).isOrphan;
}

/** The places of a run that lack something and that no process delivers to. The end of a dead run is noted. */
export async function leftPlaces(
  store: Store,
  run: string,
  live: boolean,
  log: (line: string) => void,
): Promise<readonly string[]> {
  try {
    const wanted = store.deliveries.places(run);
    if (wanted.length === 0) return [];
    const stored = store.run(run);
    if (stored.isOrphan) stored.recordKilled();
    else if (!live && !isEnded(store, run)) return [];
    const left: string[] = [];
    for (const place of wanted) {
      const isTaken = store.deliveries.leaseHolder(run, await destinationOf(place)) !== undefined;
      if (!isTaken && !(await isSettled(store, run, place)) && !(await hadAll(store, run, place))) left.push(place);
    }
    return left;
  } catch (cause) {
    log(`${run} could not be looked at: ${messageOf(cause)}`);
    return [];
  }
}
