import { createHash } from "node:crypto";
import {
  addDifferences,
  copyRunId,
  type Delivery,
  type Difference,
  type FileRef,
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
import { savedDelivery } from "./saved-delivery.ts";

export interface VerifyOptions {
  readonly store: Store;
  readonly runs: readonly LoggedRun[];
  readonly destinations: readonly Destination[];
  /** How the runs were told there, as for `exportRuns`. Default: as is saved with each delivery. */
  readonly telling?: Telling;
  /** Read every file there to its end and compare its hash, also where the place itself says what it holds. */
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
  /** Events that the destination is still to be told. */
  readonly waiting: number;
  readonly differences: readonly Difference[];
  /** Of the differences, what the run itself tells of: it was lost before, and no copy can have it. */
  readonly lostBefore: readonly Difference[];
  /** What was found lost, one by one. */
  readonly mismatches: readonly Mismatch[];
}

/** Reads runs back from every destination and compares them with the journals, point by point. Writes nothing. */
export async function verifyRuns(options: VerifyOptions): Promise<readonly VerifiedRun[]> {
  const { store, runs, destinations, telling, bytes = false, signal } = options;
  const reading = signal ? { signal } : {};
  const verified: VerifiedRun[] = [];
  const ids = await Promise.all(runs.map(({ id }) => (telling?.into === undefined ? id : copyRunId(id, telling.into))));
  for (const { name: destination, source, backend, masks } of destinations) {
    const copies = await copiesIn(source.runs({ ids, ...reading }));
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
      const named = { run: run.id, name: `${run.experiment}/${run.name}`, destination, points, waiting, lostBefore };
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
      // A store says what it was told of a file; whether it has the file is another thing. Other places are asked for the
      // bytes of artifacts as they are read.
      const missing =
        backend.kind === "local" || bytes ? await missingFiles(copy, held, backend.keeps(view), bytes) : [];
      const asItIs = verdict.differences.length === view.differences.length;
      // What is damaged there may be read by us, and stop others.
      const damage = damageIn(held, lostBefore);
      const isWhole = verdict.complete && missing.length === 0 && damage.length === 0;
      const differences = addDifferences(verdict.differences, lostFiles(missing), damage);
      const mismatches = [...verdict.mismatches, ...missing, ...damage.map(damageText)];
      verified.push({
        ...named,
        equality: isWhole ? (asItIs ? "equal" : "converted") : waiting > 0 ? "behind" : "different",
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

/** Files of a run whose bytes are not in the copy, or not as many, or, read to their end, other ones. */
async function missingFiles(
  copy: Journal,
  held: RunView,
  expected: RunView,
  bytes: boolean,
): Promise<readonly Mismatch[]> {
  const wanted = new Set(filesOf(expected).map(({ path }) => path));
  const files = filesOf(held).filter(({ path }) => wanted.has(path));
  const missing: Mismatch[] = [];
  for (const file of files) {
    try {
      const hash = createHash("sha256");
      for await (const some of copy.open(file)) {
        if (!bytes) break;
        hash.update(some);
      }
      const there = hash.digest("hex");
      if (!bytes || there === file.sha256) continue;
      missing.push({ kind: "file", key: file.path, here: `sha256 ${file.sha256}`, there: `sha256 ${there}` });
    } catch (cause) {
      if (!isRunferryError(cause, "file_missing")) throw cause;
      missing.push({ kind: "file", key: file.path, here: `${file.bytes} bytes`, there: undefined });
    }
  }
  return missing;
}

function filesOf({ artifacts, media }: RunView): readonly FileRef[] {
  const files = [...artifacts.values()].flatMap(({ file, reference }) => (reference === undefined ? file : []));
  for (const { media: one } of media) if ("file" in one && one.file) files.push(one.file);
  return files;
}

function lostFiles([first, ...rest]: readonly Mismatch[]): readonly Difference[] {
  return first
    ? [{ grade: "lost", kind: "files missing or other ones", count: 1 + rest.length, example: first.key }]
    : [];
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
