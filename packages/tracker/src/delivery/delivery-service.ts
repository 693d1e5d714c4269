import {
  type Clock,
  type JoinedSignal,
  joinSignals,
  messageOf,
  type RetryPolicy,
  type RunEnded,
  systemClock,
} from "@runferry/core";
import { type FileSystem, nodeFileSystem, openStore, type Store } from "@runferry/local";
import type { Destination } from "../destination.ts";
import { deliverOnce } from "./deliver-once.ts";
import { progressLog } from "./delivery-log.ts";
import { hasAll, isEnded, isForOthers, isLogged, isOver, isPresent, leftPlaces } from "./how-far.ts";
import { createOpenPlaces } from "./open-places.ts";
import { openPlace } from "./run-places.ts";

export type ToldEnd = Pick<RunEnded, "status" | "exitCode">;

/** Delivers runs to all their places at once, each place by itself, until everything has arrived. */
export interface DeliveryService {
  /** Serves a run of the owner, whose places are looked at anew. */
  serve(dir: string, run: string): void;
  /** What the owner could still say of the end of a run that it could not write. */
  tellEnd(dir: string, run: string, end: ToldEnd): void;
  /** Notes the end of the owner's runs, wherever it did not say one itself. */
  ownerGone(): Promise<void>;
  /** Serves what other processes have left behind in the store; with `live` also runs that they log and do not deliver. */
  takeOrphans(dir: string, options?: { readonly live?: boolean }): void;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
  /** Ends everything where it is. */
  stop(reason: Error): Promise<void>;
}

export interface ServiceOptions {
  readonly log: (line: string) => void;
  /** For tests: other places, and less patience. */
  readonly open?: (place: string) => Promise<Destination>;
  readonly clock?: Clock;
  readonly fileSystem?: FileSystem;
  readonly retry?: Partial<RetryPolicy>;
  readonly patience?: Partial<Patience>;
}

export interface Patience {
  /** Between two attempts at a place that gave no answer, at first and at most. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Without its owner, a run whose place takes nothing for so long is left to the next start. */
  readonly withoutOwnerMs: number;
}

const defaultPatience: Patience = { firstMs: 10_000, longestMs: 300_000, withoutOwnerMs: 24 * 3600_000 };
const orphansAtOnce = 4;

interface OwnedRun {
  readonly dir: string;
  readonly run: string;
}

interface Served extends OwnedRun {
  readonly pairs: Map<string, JoinedSignal>;
  told?: ToldEnd;
}

export function createDeliveryService(options: ServiceOptions): DeliveryService {
  const { log, clock = systemClock, fileSystem = nodeFileSystem } = options;
  const patience = { ...defaultPatience, ...options.patience };
  const places = createOpenPlaces(options.open ?? openPlace);
  const stores = new Map<string, Store>();
  const owned = new Map<string, Served>();
  const taken = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const all = new AbortController();
  let hasOwner = true;
  let wake = new AbortController();

  function storeIn(dir: string): Store {
    const store = stores.get(dir) ?? openStore(dir, { create: false, clock, fileSystem });
    stores.set(dir, store);
    return store;
  }

  function track(work: Promise<void>): void {
    const done = work
      .catch((cause: unknown) => log(`this is a bug: ${cause instanceof Error ? cause.stack : messageOf(cause)}`))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  /** Everything that waits looks again. */
  function wakeAll(): void {
    wake.abort();
    wake = new AbortController();
  }

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    const awake = joinSignals(signal, wake.signal);
    return clock.sleep(ms, awake.signal).finally(awake.release);
  }

  function serve(dir: string, run: string): void {
    const known = owned.get(`${dir}\n${run}`);
    const served: Served = known ?? { dir, run, pairs: new Map() };
    owned.set(`${dir}\n${run}`, served);
    const wanted = storeIn(dir).deliveries.places(run);
    for (const [place, stop] of served.pairs) if (!wanted.includes(place)) stop.abort(new Error("taken off its list"));
    for (const place of wanted) {
      if (served.pairs.has(place)) continue;
      const stop = joinSignals(all.signal);
      served.pairs.set(place, stop);
      const over = () => {
        stop.release();
        served.pairs.delete(place);
      };
      track(deliver(served, place, stop.signal, () => hasOwner).finally(over));
    }
    wakeAll();
  }

  async function deliver(
    { dir, run }: OwnedRun,
    place: string,
    signal: AbortSignal,
    isOwned: () => boolean,
  ): Promise<void> {
    const store = storeIn(dir);
    const say = progressLog(`${run} → ${place}`, log);
    let movedAt = clock.now();
    let failures = 0;
    while (!signal.aborted) {
      const againMs = Math.min(patience.longestMs, patience.firstMs * 2 ** failures) * (0.5 + Math.random() / 2);
      const result = await deliverOnce({
        store,
        run,
        place,
        places,
        follow: true,
        signal,
        clock,
        againMs,
        retry: { attempts: 8, ...options.retry },
        onProgress(progress) {
          if (progress.type === "accepted") [movedAt, failures] = [clock.now(), 0];
          say.progress(progress);
        },
      });
      say.result(result);
      if (signal.aborted || result.state === "gone") return;
      if (isOver(result)) {
        // An end that was only seen from outside: its process lives, and may go on.
        while (isOwned() && !isEnded(store, run) && (await hasAll(store, run, place))) await pause(1000, signal);
        if (signal.aborted || (await hasAll(store, run, place))) return;
        continue;
      }
      // What only a person can repair, or another process sees to, needs nobody to wait for it.
      if (!isOwned() && isForOthers(result)) return;
      if (!isOwned() && clock.now() - movedAt > patience.withoutOwnerMs) {
        return log(`${run} → ${place}: left to the next start or runferry sync`);
      }
      failures++;
      if (isPresent(store, run)) await pause(againMs, signal);
      if (!isPresent(store, run)) return log(`${run} is not there any more`);
      if (result.state === "busy" && isEnded(store, run) && (await hasAll(store, run, place))) return;
    }
  }

  async function ownerGone(): Promise<void> {
    await Promise.all([...owned.values()].map(noteEnd));
    hasOwner = false;
    wakeAll();
  }

  /** The pipe closes a moment before the process counts as dead. */
  async function noteEnd({ dir, run, told }: Served): Promise<void> {
    const stored = storeIn(dir).run(run);
    for (let tries = 0; tries < 12 && !all.signal.aborted; tries++) {
      try {
        const last = stored.lastOf("main");
        if (last === undefined || last.kind === "run.ended") return;
        if (stored.recordKilled(told)) return log(`${run} ended without a word: ${told?.status ?? "killed"}`);
      } catch (cause) {
        log(`the end of ${run} could not be noted: ${messageOf(cause)}`);
      }
      await clock.sleep(Math.min(50 * 2 ** tries, 5000), all.signal);
    }
  }

  async function scan(dir: string, live: boolean): Promise<void> {
    const store = storeIn(dir);
    const waiting: (() => Promise<void>)[] = [];
    for (const run of store.ids()) {
      if (owned.has(`${dir}\n${run}`)) continue;
      for (const place of await leftPlaces(store, run, live, log)) {
        const pair = `${dir}\n${run}\n${place}`;
        if (taken.has(pair)) continue;
        taken.add(pair);
        log(`${run} → ${place}: taken over`);
        const isLive = () => isLogged(store, run);
        const work = () => deliver({ dir, run }, place, all.signal, isLive).finally(() => taken.delete(pair));
        if (isLive()) track(work());
        else waiting.push(work);
      }
    }
    const worker = async () => {
      for (let next = waiting.shift(); next && !all.signal.aborted; next = waiting.shift()) await next();
    };
    for (let i = 0; i < orphansAtOnce; i++) track(worker());
  }

  return {
    serve,
    tellEnd(dir, run, end) {
      const served = owned.get(`${dir}\n${run}`);
      if (served) served.told = end;
    },
    ownerGone,
    takeOrphans: (dir, { live = false } = {}) => track(scan(dir, live)),
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async stop(reason) {
      all.abort(reason);
      wakeAll();
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
