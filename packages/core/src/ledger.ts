import type { Clock } from "./clock.ts";
import {
  type Backend,
  type Cursor,
  type Deliveries,
  type Delivery,
  type Journal,
  type Parked,
  type Remote,
  type StreamDelivery,
  startCursor,
  type Trouble,
} from "./contract.ts";
import { addDifferences, type Difference } from "./differences.ts";
import { RunferryError } from "./errors.ts";
import type { DeliveryState } from "./progress.ts";
import { destinationName } from "./run-id.ts";
import { checkTelling, type Telling, toldAddress } from "./telling.ts";

/** The delivery of one run to one destination, in memory and, at least every `saveEveryMs`, saved. */
export interface Ledger {
  readonly destination: string;
  stream(name: string): StreamDelivery;
  /** Notes what was accepted or parked; saves when it is time, or at once with `now`. */
  update(name: string, change: LedgerChange, now?: boolean): Promise<void>;
  /** Notes why it stands still, or that it goes on; saves when it is time. */
  setTrouble(trouble: Omit<Trouble, "at"> | undefined): Promise<void>;
  /** Following, nothing may come for long: what is not saved yet is saved when it is time. */
  saveSoon(signal: AbortSignal): void;
  /** Saves how the delivery ended. */
  close(state: DeliveryState): Promise<void>;
  readonly delivery: Delivery;
}

export interface LedgerChange {
  readonly cursor?: Cursor;
  readonly differences?: readonly Difference[];
  readonly parked?: Parked;
  /** The seq of an event that was parked and is left out now. */
  readonly unparked?: number;
  readonly remote?: Remote;
}

export interface LedgerOptions {
  readonly journal: Journal;
  /** The id that the run is to have there. */
  readonly as: string | undefined;
  readonly backend: Backend;
  readonly deliveries: Deliveries;
  readonly clock: Clock;
  readonly saveEveryMs: number;
  readonly telling: Telling | undefined;
}

export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { journal, as, backend, deliveries, clock, saveEveryMs, telling } = options;
  const { run } = journal;
  const address = toldAddress(backend.address, telling);
  const destination = await destinationName(backend.kind, address);
  const known = await deliveries.load(run, destination);
  if (known) await checkBelongs(known, address, options);
  const isAnew = as !== undefined && as !== known?.as;
  const before = isAnew ? renamed(run, as, backend, known) : known;
  const { telling: _toldBefore, streams: begunStreams = {}, ...saved }: Partial<Delivery> = before ?? {};
  let delivery: Delivery = {
    ...saved,
    destination,
    kind: backend.kind,
    address,
    mapping: backend.mapping,
    ...(telling ? { telling } : {}),
    streams: begunStreams,
  };
  const streams = new Map<string, StreamDelivery>(Object.entries(begunStreams));
  const pace = createPace(clock);
  let savedAt = clock.now();
  let dirty = false;
  let isWaiting = false; // for the time of a save
  let hasFailed = false; // to save, the last time
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    // One save at a time, each with all that is known when it starts.
    const turn = saving.then(async () => {
      if (!dirty) return;
      dirty = false;
      savedAt = clock.now();
      const { eventsPerSecond: _old, ...rest } = delivery;
      const eventsPerSecond = pace.eventsPerSecond();
      delivery = { ...rest, streams: Object.fromEntries(streams), ...(eventsPerSecond ? { eventsPerSecond } : {}) };
      hasFailed = false;
      await deliveries.save(run, delivery).catch((cause: unknown) => {
        dirty = true;
        hasFailed = true;
        throw cause;
      });
    });
    saving = turn.catch(() => undefined); // told to the caller below; the next save tries again
    await turn;
  }

  function streamOf(name: string): StreamDelivery {
    return streams.get(name) ?? { cursor: startCursor, differences: [], parked: [] };
  }

  /** From here on a crash leaves it unfinished. */
  function begun(): void {
    dirty = true;
    if (delivery.state === undefined) return;
    const { state: _state, ...rest } = delivery;
    delivery = rest;
  }

  /** After a failure at once: what cannot be saved must not go on for long without anybody being told. */
  const isTime = () => hasFailed || clock.now() - savedAt >= saveEveryMs;

  async function saveUntilDone(signal: AbortSignal): Promise<void> {
    while (dirty && !signal.aborted) {
      await clock.sleep(Math.max(0, savedAt + saveEveryMs - clock.now()), signal);
      if (!signal.aborted) await save().catch(() => undefined); // the next update meets the same, and tells
    }
  }

  return {
    destination,
    stream: streamOf,
    async update(name, change, now = false) {
      const old = streamOf(name);
      streams.set(name, {
        cursor: change.cursor ?? old.cursor,
        differences: change.differences?.length ? addDifferences(old.differences, change.differences) : old.differences,
        parked: [...old.parked.filter(({ seq }) => seq !== change.unparked), ...(change.parked ? [change.parked] : [])],
      });
      if (change.cursor) pace.add(change.cursor.through - old.cursor.through);
      if (change.remote) delivery = { ...delivery, remote: change.remote };
      begun();
      if (now || isTime()) await save();
    },
    async setTrouble(trouble) {
      const known = delivery.trouble;
      if (trouble === undefined && known === undefined) return;
      const { trouble: _trouble, ...rest } = delivery;
      const isNews = trouble?.message !== known?.message;
      const at = known && !isNews ? known.at : clock.now();
      delivery = trouble === undefined ? rest : { ...rest, trouble: { ...trouble, at } };
      begun();
      if (isNews || isTime()) await save();
    },
    saveSoon(signal) {
      if (isWaiting) return;
      isWaiting = true;
      void saveUntilDone(signal).finally(() => {
        isWaiting = false;
      });
    },
    async close(state) {
      if (delivery.state !== state) {
        delivery = { ...delivery, state };
        dirty = true;
      }
      await save();
    },
    get delivery() {
      return { ...delivery, streams: Object.fromEntries(streams) };
    },
  };
}

/** Whether anything of the run is there. */
export function hasBegun({ streams }: Pick<Delivery, "streams">): boolean {
  return Object.values(streams).some(({ cursor }) => cursor.through > 0);
}

/** Under another id it begins anew. */
function renamed(run: string, as: string, backend: Backend, known: Delivery | undefined): Pick<Delivery, "as"> {
  const data = "nothing was sent; what was delivered before is unchanged";
  if (!backend.takesIds) {
    throw new RunferryError("bad_option", `a place of kind ${backend.kind} gives runs ids of its own`, {
      hint: "leave out the id",
      data,
    });
  }
  if (known === undefined || known.state === "gone") return { as };
  if (!hasBegun(known)) return { as };
  throw new RunferryError("bad_option", `run ${run} is at ${backend.address} already, as ${known.as ?? run}`, {
    hint: "another id is for a run that was deleted there; to have it twice, send it to another place",
    data,
  });
}

/** A cursor means nothing at another place or under another mapping: going on silently would lose or double events. */
async function checkBelongs(saved: Delivery, address: string, options: LedgerOptions): Promise<void> {
  if (Object.keys(saved.streams).length === 0) return; // nothing has gone there yet
  const { backend, journal, telling } = options;
  const what =
    saved.address !== address
      ? `belongs to ${saved.address}, not to ${address}`
      : saved.mapping !== backend.mapping
        ? `was written with version ${saved.mapping} of the ${backend.kind} mapping, this is version ${backend.mapping}`
        : undefined;
  if (what === undefined) return checkTelling(saved, telling, journal);
  throw new RunferryError("cursor_mismatch", `the saved delivery ${saved.destination} ${what}`, {
    hint: "deliver to a new place there (another project, folder or experiment), or finish with the version that began",
    data: "nothing was sent; the journal and what was delivered before are unchanged",
  });
}

const paceMs = 10_000;

/** How many events went there a second, over the last ten. */
function createPace(clock: Clock) {
  const marks: { readonly at: number; readonly events: number }[] = [];
  const startedAt = clock.now();
  return {
    add(events: number): void {
      if (events > 0) marks.push({ at: clock.now(), events });
    },
    eventsPerSecond(): number {
      const now = clock.now();
      while (marks[0] && marks[0].at < now - paceMs) marks.shift();
      const events = marks.reduce((sum, mark) => sum + mark.events, 0);
      const ms = Math.max(1, Math.min(paceMs, now - startedAt));
      return Math.round((events / ms) * 1e5) / 100;
    },
  };
}
