import {
  describeMismatch,
  destinationName,
  fold,
  isRunferryError,
  type Journal,
  missingFrom,
  toldAddress,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import { type Destination, openDestination, parsePlace, readConfig, resolvePlace } from "@runferry/tracker";
import { type Created, type CreatedAt, storedEnds, toldEnds } from "./created.ts";
import { deliveryLease } from "./export-runs.ts";
import { inOrder, runsAtOnceAt } from "./in-order.ts";
import { countWork, type Tell } from "./work-progress.ts";

/** What undoing would do with one run at one place, or in the store. */
export interface Undoing {
  readonly run: string;
  /** `store`, or the place as people named it. */
  readonly where: string;
  /** `remove`, `gone` already, or `keep` for `cause`. */
  readonly what: "remove" | "gone" | "keep";
  readonly cause?: string;
}

export interface OpenedUndo {
  readonly undoings: readonly Undoing[];
  /** How each place takes runs away, for people. */
  readonly ways: ReadonlyMap<string, string>;
  /** Does it; gives what became of each. One that was stopped can be done again. */
  carryOut(watching?: Watching): Promise<readonly Undoing[]>;
  close(): Promise<void>;
}

export interface Watching {
  readonly signal?: AbortSignal;
  readonly onProgress?: Tell;
}

/**
 * Looks at everything that a migration made. Only what is as the migration left it is taken away: what was changed there,
 * has grown, or was delivered elsewhere since is kept, with the cause.
 */
export async function openUndo(store: Store, created: Created, watching: Watching = {}): Promise<OpenedUndo> {
  const places: { readonly at: CreatedAt; readonly destination: Destination; readonly undoings: readonly Undoing[] }[] =
    [];
  for (const at of created.places.filter(({ runs }) => runs.length > 0)) {
    const destination = await openDestination(parsePlace(`${at.kind}:${at.address}`));
    const isElsewhere = meaningOf(at) !== at.address;
    places.push({
      at,
      destination,
      undoings: isElsewhere ? keptAt(at) : await undoingsAt(store, at, destination, created, watching),
    });
  }

  async function carryOut({ signal, onProgress }: Watching = {}): Promise<readonly Undoing[]> {
    const done: Undoing[] = [];
    for (const { at, destination, undoings } of places) {
      const count = countWork("undo", at.name, undoings.length, onProgress);
      const undone = inOrder(undoings.entries(), runsAtOnceAt(destination), async ([i, undoing]) => {
        signal?.throwIfAborted();
        const { what } = undoing;
        const one = what === "keep" ? undoing : await takeAway(store, at, at.runs[i]!.id, destination, undoing);
        count.done(one.run, 0, what !== "keep");
        return one;
      });
      for await (const one of undone) done.push(one);
      count.over();
    }
    for (const taken of created.store) done.push(takeOut(store, inStore(store, taken)));
    return done;
  }

  const planned = places.flatMap(({ undoings }) => undoings);
  const ofRun = Map.groupBy(planned, ({ run }) => run);
  return {
    undoings: [...planned, ...created.store.map((taken) => inStore(store, taken, ofRun.get(taken.run)))],
    ways: new Map(places.map(({ at, destination }) => [at.name, destination.removal?.where ?? ""])),
    carryOut,
    async close() {
      for (const { destination } of places) await destination.backend.close();
    },
  };
}

/** What the name of the place means here and now; of one that nothing names any more its address still tells. */
function meaningOf({ name, address }: CreatedAt): string {
  try {
    return resolvePlace(parsePlace(name, readConfig(process.cwd())?.places)).address;
  } catch (cause) {
    if (isRunferryError(cause, "bad_option")) return address;
    throw cause;
  }
}

/** A store that was copied with its project has a record of what the original made. */
function keptAt(at: CreatedAt): readonly Undoing[] {
  const cause = `the migration wrote to ${at.kind}:${at.address}, and ${at.name} is another place here`;
  return at.runs.map(({ run }) => ({ run, where: at.name, what: "keep", cause }));
}

async function undoingsAt(
  store: Store,
  at: CreatedAt,
  destination: Destination,
  created: Created,
  { signal, onProgress }: Watching,
): Promise<readonly Undoing[]> {
  const copies = new Map<string, Journal>();
  try {
    const ids = at.runs.map(({ id }) => id);
    for await (const journal of destination.source.runs({ ids })) copies.set(journal.run, journal);
  } catch (cause) {
    if (!isRunferryError(cause, "not_found")) throw cause; // a place that is not there has no runs
  }
  const count = countWork("look", at.name, at.runs.length, onProgress);
  const decided = inOrder(at.runs, runsAtOnceAt(destination), async (made): Promise<Undoing> => {
    signal?.throwIfAborted();
    const one = await fate(store, at, made, copies.get(made.id), destination, created);
    count.done(made.run, 0, one.what !== "keep");
    return { run: made.run, where: at.name, ...one };
  });
  const undoings: Undoing[] = [];
  for await (const one of decided) undoings.push(one);
  count.over();
  return undoings;
}

/** What becomes of a run that a migration made. */
async function fate(
  store: Store,
  at: CreatedAt,
  { run, ends }: CreatedAt["runs"][number],
  copy: Journal | undefined,
  { backend, masks, removal }: Destination,
  { isCutOff = false }: Created,
): Promise<Pick<Undoing, "what" | "cause">> {
  if (copy === undefined) return { what: "gone" };
  if (removal === undefined) return keep("runs of this kind of place are not taken away");
  if (!store.has(run)) return keep("it is not in the store any more, and what is there cannot be compared");
  const destination = await nameOf(at);
  if (!sameEnds(ends, toldEnds(store, run, destination))) return keep("more of it was delivered since");
  const telling = store.deliveries.saved(run, destination)?.telling;
  const { journal } = store.run(run);
  const expected = backend.keeps(await fold(journal, { mask: masks, ...(telling ? { telling } : {}) }));
  const held = await fold(copy);
  const [lacks] = isCutOff ? [] : missingFrom(held, expected);
  if (lacks) return keep(`it is not as the migration left it: ${describeMismatch(lacks)}`);
  const [has] = missingFrom(expected, held);
  return has ? keep(`something was added there: ${has.kind} ${has.key}`) : { what: "remove" };
}

function keep(cause: string): Pick<Undoing, "what" | "cause"> {
  return { what: "keep", cause };
}

/** A run of the store goes once nothing but what is undone knows of it. */
function inStore(store: Store, { run, ends }: Created["store"][number], copies: readonly Undoing[] = []): Undoing {
  const about = { run, where: "store" };
  if (!store.has(run)) return { ...about, what: "gone" };
  if (!sameEnds(ends, storedEnds(store, run))) return { ...about, what: "keep", cause: "it has grown since" };
  const kept = copies.find(({ what }) => what === "keep");
  if (kept) return { ...about, what: "keep", cause: `its copy at ${kept.where} stays` };
  if (store.deliveries.destinations(run).length <= copies.length) return { ...about, what: "remove" };
  return { ...about, what: "keep", cause: "it was also delivered elsewhere" };
}

async function takeAway(
  store: Store,
  at: CreatedAt,
  id: string,
  { backend, removal }: Destination,
  undoing: Undoing,
): Promise<Undoing> {
  const { run } = undoing;
  const isHere = store.has(run);
  const telling = at.into === undefined ? undefined : { into: at.into };
  const lease = isHere ? await deliveryLease(store, run, backend, telling) : undefined;
  if (isRunferryError(lease)) return { ...undoing, what: "keep", cause: lease.message };
  try {
    if (undoing.what === "remove") await removal!.remove(id);
    if (isHere) store.deliveries.forget(run, await nameOf(at));
    return undoing;
  } catch (cause) {
    if (isRunferryError(cause)) return { ...undoing, what: "keep", cause: `${cause.message} (${cause.hint})` };
    throw cause;
  } finally {
    lease?.release();
  }
}

function takeOut(store: Store, undoing: Undoing): Undoing {
  if (undoing.what !== "remove") return undoing;
  try {
    store.trash.put([undoing.run]);
    return undoing;
  } catch (cause) {
    if (isRunferryError(cause)) return { ...undoing, what: "keep", cause: cause.message };
    throw cause;
  }
}

function nameOf({ kind, address, into }: CreatedAt): Promise<string> {
  return destinationName(kind, toldAddress(address, into === undefined ? undefined : { into }));
}

function sameEnds(a: { readonly [stream: string]: number }, b: { readonly [stream: string]: number }): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}
