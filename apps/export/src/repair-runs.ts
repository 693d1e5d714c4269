import {
  copyRunId,
  type Deliveries,
  type Delivery,
  destinationName,
  fold,
  forward,
  isRunferryError,
  type Journal,
  keyOf,
  mainStream,
  missingFrom,
  type RunView,
  type Telling,
  toldAddress,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import { deliveryLease } from "./export-runs.ts";
import { mendingBackend } from "./mending-backend.ts";
import type { RunLabel } from "./run-label.ts";
import { type VerifiedRun, type VerifyOptions, verifyRuns } from "./verify-runs.ts";

export type RepairOptions = Omit<VerifyOptions, "bytes">;

export interface RepairedRun {
  readonly run: string;
  readonly name: string;
  readonly destination: string;
  /** `mended`: what was amiss was told again. `anew`: it was written from the start. `not`: see `cause`. */
  readonly how: "mended" | "anew" | "not";
  readonly cause?: string;
  /** How the run was found before. */
  readonly before: VerifiedRun;
  /** How it is now; the same where nothing could be done. */
  readonly after: VerifiedRun;
}

/**
 * Reads runs back from every destination, files included, and brings what is amiss: told again in place where the kind
 * allows it, else the run goes to the place's trash and is written anew. What is not delivered yet is not its business.
 */
export async function repairRuns(options: RepairOptions): Promise<readonly RepairedRun[]> {
  const repaired: RepairedRun[] = [];
  const byId = new Map(options.runs.map((run) => [run.id, run]));
  for (const destination of options.destinations) {
    const verified = await verifyRuns({ ...options, destinations: [destination], bytes: true });
    for (const before of verified) {
      if (before.equality !== "different" && before.equality !== "missing") continue;
      options.signal?.throwIfAborted();
      const run = byId.get(before.run)!;
      const outcome = await repairRun(run, before, destination, options);
      const { destination: name } = before;
      const [after = before] =
        outcome.how === "not"
          ? [before]
          : await verifyRuns({ ...options, runs: [run], destinations: [destination], bytes: true });
      repaired.push({ run: run.id, name: before.name, destination: name, ...outcome, before, after });
    }
  }
  return repaired;
}

type Outcome = Pick<RepairedRun, "how" | "cause">;

async function repairRun(
  run: RunLabel,
  { equality }: VerifiedRun,
  destination: Destination,
  { store, telling, signal }: RepairOptions,
): Promise<Outcome> {
  const { backend, removal, restore, mends } = destination;
  const known = await destinationName(backend.kind, toldAddress(backend.address, telling));
  const saved = store.deliveries.saved(run.id, known);
  const job = { store, run, destination, saved, telling: telling ?? saved?.telling, ...(signal ? { signal } : {}) };
  const id = job.telling?.into === undefined ? run.id : await copyRunId(run.id, job.telling.into);
  const lease = await deliveryLease(store, run.id, backend, telling);
  if (isRunferryError(lease)) return { how: "not", cause: `${lease.message} (${lease.hint})` };
  try {
    const isThere = equality === "different" || (await restore?.(id)) === true;
    if (isThere && mends) return await mend(job, id);
    if (isThere && !removal) return { how: "not", cause: "nothing can be changed there" };
    if (isThere) await removal!.remove(id);
    store.deliveries.forget(run.id, known);
    const told = await tell(job, store.deliveries, destination.backend);
    return told.state === "delivered" ? { how: "anew" } : { how: "not", cause: told.cause ?? told.state };
  } catch (cause) {
    if (isRunferryError(cause)) return { how: "not", cause: `${cause.message} (${cause.hint})` };
    throw cause;
  } finally {
    lease.release();
  }
}

interface Job {
  readonly store: Store;
  readonly run: RunLabel;
  readonly destination: Destination;
  readonly saved: Delivery | undefined;
  readonly telling: Telling | undefined;
  readonly signal?: AbortSignal;
}

function tell(
  { store, run, destination, telling, signal }: Job,
  deliveries: Deliveries,
  backend: Destination["backend"],
) {
  return forward({
    journal: store.run(run.id).journal,
    backend,
    deliveries,
    mask: destination.masks,
    ...(telling ? { telling } : {}),
    ...(signal ? { signal } : {}),
  });
}

/** Tells what is amiss again. The saved cursor stays: it still says how far the destination is. */
async function mend(job: Job, id: string): Promise<Outcome> {
  const { store, run, destination, saved, telling } = job;
  const { backend, source, masks, mends } = destination;
  const journal = store.run(run.id).journal;
  const view = await fold(journal, { mask: masks, ...(telling ? { telling } : {}) });
  const held = await heldRun(source.runs({ ids: [id] }));
  const amiss = new Set<string>();
  for (const mismatch of held ? missingFrom(held, backend.keeps(view)) : []) amiss.add(keyOf(mismatch));
  const ahead = telling?.tags && Object.keys(telling.tags).length > 0 ? 1 : 0;
  const lastSeqs = new Map<string, number>();
  for (const stream of store.run(run.id).streams) {
    const last = store.run(run.id).lastOf(stream)?.seq ?? 0;
    lastSeqs.set(stream, last + (stream === mainStream ? ahead : 0));
  }
  const fromStart: Deliveries = {
    load: async () => saved && { ...saved, streams: rewound(saved.streams) },
    save: async () => undefined,
  };
  const mending = mendingBackend({ backend, amiss, mends: mends!, lastSeqs });
  const { state, cause, delivery } = await tell(job, fromStart, mending);
  if (state !== "delivered") return { how: "not", cause: cause ?? refusedIn(delivery) ?? state };
  if (saved) await store.deliveries.save(run.id, { ...saved, state, streams: withoutParked(saved.streams) });
  return { how: "mended" };
}

function rewound(streams: Delivery["streams"]): Delivery["streams"] {
  return mapped(streams, ({ cursor }) => ({ cursor: { ...cursor, through: 0, bulk: 0 }, differences: [], parked: [] }));
}

function withoutParked(streams: Delivery["streams"]): Delivery["streams"] {
  return mapped(streams, (stream) => ({ ...stream, parked: [] }));
}

function mapped(
  streams: Delivery["streams"],
  change: (stream: Delivery["streams"][string]) => Delivery["streams"][string],
): Delivery["streams"] {
  return Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, change(stream)]));
}

function refusedIn({ streams }: Delivery): string | undefined {
  return Object.values(streams).flatMap(({ parked }) => parked)[0]?.reason;
}

async function heldRun(journals: AsyncIterable<Journal>): Promise<RunView | undefined> {
  for await (const journal of journals) return fold(journal);
  return undefined;
}
