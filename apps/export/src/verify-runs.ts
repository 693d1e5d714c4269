import {
  addDifferences,
  copyRunId,
  type Delivery,
  type Difference,
  fold,
  isRunferryError,
  type Journal,
  type Mismatch,
  type RunferryError,
  type RunView,
  readThrough,
  type Source,
  type Telling,
  verify,
} from "@runferry/core";
import type { Store, StoredRun } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import { type ComparedFiles, compareFiles } from "./compare-files.ts";
import { pointsOf } from "./count-points.ts";
import { inOrder, runsAtOnceAt } from "./in-order.ts";
import { fullName, type RunLabel } from "./run-label.ts";
import { savedDelivery } from "./saved-delivery.ts";
import { createSharing } from "./share-equal.ts";

export interface VerifyOptions {
  readonly store: Store;
  readonly runs: readonly RunLabel[];
  readonly destinations: readonly Destination[];
  /** How the runs were told there, as for `exportRuns`. Default: as is saved with each delivery. */
  readonly telling?: Telling;
  /** Read every file there to its end and compare its hash; else its size, and its digest where the place tells one. */
  readonly bytes?: boolean;
  readonly signal?: AbortSignal;
  /** Called when a run was compared. */
  readonly onProgress?: (verified: VerifiedRun) => void;
}

/**
 * `equal`: everything is there as it is. `converted`: everything that this kind of place can hold is there, some of it in
 * another form or left out, as planned. `behind`: something is not there that was not delivered yet. `different`:
 * something is lost. `missing`: the run is not there.
 */
export type Equality = "equal" | "converted" | "behind" | "different" | "missing";

export interface VerifiedRun {
  readonly run: string;
  readonly name: string;
  readonly destination: string;
  readonly equality: Equality;
  readonly points: number;
  /** How many of its files were compared by their sizes, and how many by their bytes. */
  readonly files: ComparedFiles;
  /** Events that the destination is still to be told. */
  readonly waiting: number;
  readonly differences: readonly Difference[];
  /** Of the differences, what the run itself tells of: it was lost before, and no copy can have it. */
  readonly lostBefore: readonly Difference[];
  /** What was found lost, one by one. */
  readonly mismatches: readonly Mismatch[];
}

const none: ComparedFiles = { sizes: 0, bytes: 0 };

/** Reads runs back from every destination and compares them with the journals, point by point. Writes nothing. */
export async function verifyRuns(options: VerifyOptions): Promise<readonly VerifiedRun[]> {
  const { runs, destinations, telling, onProgress } = options;
  const all: VerifiedRun[] = [];
  for (const destination of destinations) {
    const indexes = new Map<string, number>();
    for (const [i, { id }] of runs.entries()) {
      indexes.set(telling?.into === undefined ? id : await copyRunId(id, telling.into), i);
    }
    const verified = new Array<VerifiedRun | undefined>(runs.length);
    const shared = createSharing();
    const compare = async (i: number, copy?: Journal): Promise<VerifiedRun> => {
      const one = await verifyRun(runs[i]!, copy, destination, options);
      const { files, differences, lostBefore, mismatches } = one;
      onProgress?.(one);
      return {
        ...one,
        files: shared(files),
        differences: shared(differences),
        lostBefore: shared(lostBefore),
        mismatches: shared(mismatches),
      };
    };
    // As the place has them, and few at a time: thousands are not held.
    const copies = copiesIn(destination.source, [...indexes.keys()], options.signal);
    const compared = inOrder(copies, runsAtOnceAt(destination), async (copy) => {
      const i = indexes.get(copy.run);
      if (i !== undefined) verified[i] = await compare(i, copy);
    });
    for await (const _ of compared);
    for (const i of runs.keys()) {
      verified[i] ??= await compare(i);
      all.push(verified[i]);
    }
  }
  return all;
}

async function verifyRun(
  run: RunLabel,
  copy: Journal | undefined,
  { name: destination, backend, masks }: Destination,
  { store, telling, bytes = false, signal }: VerifyOptions,
): Promise<VerifiedRun> {
  const reading = signal ? { signal } : {};
  const saved = await savedDelivery(store, run.id, backend, telling);
  const told = telling ?? saved?.telling;
  const view = await fold(store.run(run.id).journal, { mask: masks, ...(told ? { telling: told } : {}), ...reading });
  const points = pointsOf(view);
  const isFollowed = store.deliveries.places(run.id).includes(`${backend.kind}:${backend.address}`);
  const waiting = saved || isFollowed ? waitingEvents(store.run(run.id), saved) : 0;
  const lostBefore = view.differences.filter(({ grade }) => grade === "lost");
  const name = fullName(run);
  const named = { run: run.id, name, destination, points, waiting, lostBefore, files: none };
  if (copy === undefined) {
    return { ...named, equality: waiting > 0 ? "behind" : "missing", differences: [], mismatches: [] };
  }
  const held = await heldView(copy, reading);
  if (isRunferryError(held)) {
    const mismatches = [{ kind: "run", key: run.id, here: "can be read", there: held.message }];
    const differences = [
      { grade: "lost", kind: "runs that cannot be read there", count: 1, example: held.message },
    ] as const;
    return { ...named, equality: "different", differences, mismatches };
  }
  const expected = backend.keeps(view);
  const verdict = verify(view, () => expected, held);
  // A store says what it was told of a file; whether it has the file is another thing.
  const { compared, amiss } = await compareFiles({
    journal: store.run(run.id).journal,
    view,
    expected,
    copy,
    held,
    bytes,
    opens: backend.kind === "local",
  });
  const asItIs = verdict.differences.length === view.differences.length;
  // What is damaged there may be read by us, and stop others.
  const damage = damageIn(held, lostBefore);
  const isWhole = verdict.complete && amiss.length === 0 && damage.length === 0;
  return {
    ...named,
    equality: isWhole ? (asItIs ? "equal" : "converted") : waiting > 0 ? "behind" : "different",
    files: compared,
    differences: addDifferences(verdict.differences, lostFiles(amiss), damage),
    mismatches: [...verdict.mismatches, ...amiss, ...damage.map(damageText)],
  };
}

/** The copy as it is there, or why it cannot be read. */
async function heldView(copy: Journal, reading: { readonly signal?: AbortSignal }): Promise<RunView | RunferryError> {
  try {
    return await fold(copy, reading);
  } catch (cause) {
    if (isRunferryError(cause, "damaged")) return cause;
    throw cause;
  }
}

/** What the copy has lost of itself: a loss that the run itself tells of is a fact of it. */
function damageIn(held: RunView, lostBefore: readonly Difference[]): readonly Difference[] {
  const own = new Set(lostBefore.map(({ kind }) => kind));
  return held.differences.filter(({ grade, kind }) => grade === "lost" && !own.has(kind));
}

function damageText({ kind, count, example }: Difference): Mismatch {
  return { kind: "damage", key: example ?? kind, here: "none", there: `${count} × ${kind}` };
}

/** What a delivery has still to bring. */
function waitingEvents(stored: StoredRun, saved: Delivery | undefined): number {
  if (saved?.state === "gone") return 0;
  return stored.streams.reduce((sum, stream) => {
    const { through, bulk } = readThrough(saved, stream);
    return sum + stored.behind(stream, Math.min(through, bulk)).events;
  }, 0);
}

function lostFiles(amiss: readonly Mismatch[]): readonly Difference[] {
  const kinds = Map.groupBy(amiss, ({ there }) => (there === undefined ? "file missing" : "file differs"));
  return [...kinds].map(([kind, all]) => ({ grade: "lost", kind, count: all.length, example: all[0]!.key }));
}

async function* copiesIn(
  source: Source,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Journal> {
  const journals = source.runs({ ids, files: "listed", ...(signal ? { signal } : {}) })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await journals.next().catch((cause: unknown) => {
        if (isRunferryError(cause, "not_found")) return { done: true } as const; // a place that is not there has no runs
        throw cause;
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await journals.return?.();
  }
}
