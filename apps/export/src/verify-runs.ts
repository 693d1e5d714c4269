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
  type Telling,
  verify,
} from "@runferry/core";
import type { Store, StoredRun } from "@runferry/local";
import type { Destination, LoggedRun } from "@runferry/tracker";
import { type ComparedFiles, compareFiles } from "./compare-files.ts";
import { savedDelivery } from "./saved-delivery.ts";

export interface VerifyOptions {
  readonly store: Store;
  readonly runs: readonly LoggedRun[];
  readonly destinations: readonly Destination[];
  /** How the runs were told there, as for `exportRuns`. Default: as is saved with each delivery. */
  readonly telling?: Telling;
  /** Read every file there to its end and compare its hash; else its size, and its digest where the place tells one. */
  readonly bytes?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number, destination: string) => void;
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
  const { store, runs, destinations, telling, bytes = false, signal } = options;
  const reading = signal ? { signal } : {};
  const verified: VerifiedRun[] = [];
  const ids = await Promise.all(runs.map(({ id }) => (telling?.into === undefined ? id : copyRunId(id, telling.into))));
  for (const { name: destination, source, backend, masks } of destinations) {
    const copies = await copiesIn(source.runs({ ids, files: "listed", ...reading }));
    for (const [done, run] of runs.entries()) {
      options.onProgress?.(done, runs.length, destination);
      const saved = await savedDelivery(store, run.id, backend, telling);
      const told = telling ?? saved?.telling;
      const view = await fold(store.run(run.id).journal, {
        mask: masks,
        ...(told ? { telling: told } : {}),
        ...reading,
      });
      const points = [...view.metrics.values()].reduce((sum, metric) => sum + metric.series.length, 0);
      const isFollowed = store.deliveries.places(run.id).includes(`${backend.kind}:${backend.address}`);
      const waiting = saved || isFollowed ? waitingEvents(store.run(run.id), saved) : 0;
      const lostBefore = view.differences.filter(({ grade }) => grade === "lost");
      const named = {
        run: run.id,
        name: `${run.experiment}/${run.name}`,
        destination,
        points,
        waiting,
        lostBefore,
        files: none,
      };
      const copy = copies.get(ids[done]!);
      if (copy === undefined) {
        const equality = waiting > 0 ? "behind" : "missing";
        verified.push({ ...named, equality, differences: [], mismatches: [] });
        continue;
      }
      const held = await heldView(copy, reading);
      if (isRunferryError(held)) {
        const mismatches = [{ kind: "run", key: run.id, here: "can be read", there: held.message }];
        const differences = [
          { grade: "lost", kind: "runs that cannot be read there", count: 1, example: held.message },
        ] as const;
        verified.push({ ...named, equality: "different", differences, mismatches });
        continue;
      }
      const verdict = verify(view, backend.keeps, held);
      // A store says what it was told of a file; whether it has the file is another thing.
      const { compared, amiss } = await compareFiles({
        journal: store.run(run.id).journal,
        view,
        expected: backend.keeps(view),
        copy,
        held,
        bytes,
        opens: backend.kind === "local",
      });
      const asItIs = verdict.differences.length === view.differences.length;
      // What is damaged there may be read by us, and stop others.
      const damage = damageIn(held, lostBefore);
      const isWhole = verdict.complete && amiss.length === 0 && damage.length === 0;
      const differences = addDifferences(verdict.differences, lostFiles(amiss), damage);
      const mismatches = [...verdict.mismatches, ...amiss, ...damage.map(damageText)];
      verified.push({
        ...named,
        equality: isWhole ? (asItIs ? "equal" : "converted") : waiting > 0 ? "behind" : "different",
        files: compared,
        differences,
        mismatches,
      });
    }
  }
  return verified;
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

async function copiesIn(journals: AsyncIterable<Journal>): Promise<ReadonlyMap<string, Journal>> {
  const copies = new Map<string, Journal>();
  try {
    for await (const journal of journals) copies.set(journal.run, journal);
  } catch (cause) {
    if (!isRunferryError(cause, "not_found")) throw cause; // a place that is not there has no runs
  }
  return copies;
}
