import type { Clock } from "./clock.ts";
import {
  type Backend,
  type Cursor,
  type Deliveries,
  type Delivery,
  type Parked,
  type Remote,
  type StreamDelivery,
  startCursor,
} from "./contract.ts";
import { addDifferences, type Difference } from "./differences.ts";
import { RunferryError } from "./errors.ts";
import { destinationName } from "./run-id.ts";

/** The delivery of one run to one destination, in memory and, at least every `saveEveryMs`, saved. */
export interface Ledger {
  readonly destination: string;
  stream(name: string): StreamDelivery;
  /** Notes what was accepted or parked; saves when it is time, or at once with `now`. */
  update(name: string, change: LedgerChange, now?: boolean): Promise<void>;
  setTrouble(message: string | undefined): void;
  save(): Promise<void>;
  readonly delivery: Delivery;
}

export interface LedgerChange {
  readonly cursor?: Cursor;
  readonly differences?: readonly Difference[];
  readonly parked?: Parked;
  readonly remote?: Remote;
}

export async function openLedger(
  run: string,
  backend: Backend,
  deliveries: Deliveries,
  clock: Clock,
  saveEveryMs: number,
): Promise<Ledger> {
  const destination = await destinationName(backend.kind, backend.address);
  const saved = await deliveries.load(run, destination);
  if (saved) checkBelongs(saved, backend);
  let delivery: Delivery = saved ?? {
    destination,
    kind: backend.kind,
    address: backend.address,
    mapping: backend.mapping,
    streams: {},
  };
  const streams = new Map<string, StreamDelivery>(Object.entries(delivery.streams));
  let savedAt = clock.now();
  let dirty = false;
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    // One save at a time, each with all that is known when it starts.
    const turn = saving.then(async () => {
      if (!dirty) return;
      dirty = false;
      savedAt = clock.now();
      delivery = { ...delivery, streams: Object.fromEntries(streams) };
      await deliveries.save(run, delivery).catch((cause: unknown) => {
        dirty = true;
        throw cause;
      });
    });
    saving = turn.catch(() => undefined); // told to the caller below; the next save tries again
    await turn;
  }

  function streamOf(name: string): StreamDelivery {
    return streams.get(name) ?? { cursor: startCursor, differences: [], parked: [] };
  }

  return {
    destination,
    stream: streamOf,
    async update(name, change, now = false) {
      const old = streamOf(name);
      streams.set(name, {
        cursor: change.cursor ?? old.cursor,
        differences: change.differences?.length ? addDifferences(old.differences, change.differences) : old.differences,
        parked: change.parked ? [...old.parked, change.parked] : old.parked,
      });
      if (change.remote) delivery = { ...delivery, remote: change.remote };
      dirty = true;
      if (now || clock.now() - savedAt >= saveEveryMs) await save();
    },
    setTrouble(message) {
      if (delivery.trouble?.message === message) return;
      const { trouble: _trouble, ...rest } = delivery;
      delivery = message === undefined ? rest : { ...rest, trouble: { message, at: clock.now() } };
      dirty = true;
    },
    save,
    get delivery() {
      return { ...delivery, streams: Object.fromEntries(streams) };
    },
  };
}

/** A cursor means nothing at another place or under another mapping: going on silently would lose or double events. */
function checkBelongs(saved: Delivery, backend: Backend): void {
  const what =
    saved.address !== backend.address
      ? `belongs to ${saved.address}, not to ${backend.address}`
      : saved.mapping !== backend.mapping
        ? `was written with version ${saved.mapping} of the ${backend.kind} mapping, this is version ${backend.mapping}`
        : undefined;
  if (what === undefined) return;
  throw new RunferryError("cursor_mismatch", `the saved delivery ${saved.destination} ${what}`, {
    hint: "deliver to a new place there (another project, folder or experiment), or finish with the version that began",
    data: "nothing was sent; the journal and what was delivered before are unchanged",
  });
}
