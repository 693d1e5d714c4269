import { addDifferences, type Difference, isRunferryError, type Telling } from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import { eachPlace } from "./each-place.ts";
import { type ExportReport, exportRuns, joinReports } from "./export-runs.ts";
import { type ImportedRunReport, importRuns } from "./import-runs.ts";
import type { OpenedSource } from "./open-source.ts";
import { labelOf, type RunLabel } from "./run-label.ts";
import { type VerifiedRun, verifyRuns } from "./verify-runs.ts";
import { countWork, type WorkProgress } from "./work-progress.ts";

export interface MigrateOptions {
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
  /** Where the facts of the runs are kept; files stay where they are. */
  readonly store: Store;
  /** How the runs are told to the destinations, where that is not as they are. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

export interface MigratedSource {
  readonly from: string;
  readonly layout: string;
  readonly runs: readonly ImportedRunReport[];
  readonly guessedZone?: string;
}

export interface Migration {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly sources: readonly MigratedSource[];
  readonly delivered: ExportReport;
  readonly verified: readonly VerifiedRun[];
}

/**
 * Takes the runs of every source into the store, delivers them to all destinations at the same time, and reads them back
 * to compare. Done again, or after anything that stopped it, it goes on with what is missing.
 */
export async function migrateRuns(options: MigrateOptions): Promise<Migration> {
  const { store } = options;
  const startedAt = Date.now();
  const sources: MigratedSource[] = [];
  for (const source of options.sources) sources.push(await takeIn(source, options));
  const ids = new Set(sources.flatMap(({ runs }) => runs.flatMap(({ run, state }) => (state === "failed" ? [] : run))));
  const runs: RunLabel[] = [];
  for (const { id, started } of store.entries()) if (ids.has(id)) runs.push(labelOf(id, started));
  runs.reverse(); // the newest first, as in every list
  const moved = await eachPlace(options.destinations, (destination) => moveTo(destination, runs, options));
  return {
    startedAt,
    endedAt: Date.now(),
    sources,
    delivered: joinReports(moved.map(({ delivered }) => delivered)),
    verified: moved.flatMap(({ verified }) => verified),
  };
}

/** Takes the runs of one source into the store, and tells of it. */
export async function takeIn(
  opened: OpenedSource,
  { store, signal, onProgress }: Pick<MigrateOptions, "store" | "signal" | "onProgress">,
): Promise<MigratedSource> {
  const { name: from, layout, guessedZone } = opened;
  const count = countWork("read", from, undefined, onProgress);
  const runs = await importRuns({
    ...opened,
    store,
    ...(signal ? { signal } : {}),
    onProgress: ({ name, points, state, lost }) => count.done(name, points, state !== "failed" && lost.length === 0),
  });
  count.over();
  const zone = guessedZone?.();
  return { from, layout, runs, ...(zone === undefined ? {} : { guessedZone: zone }) };
}

async function moveTo(destination: Destination, runs: readonly RunLabel[], options: MigrateOptions) {
  const { store, telling, signal, onProgress } = options;
  const same = {
    store,
    runs,
    destinations: [destination],
    ...(telling ? { telling } : {}),
    ...(signal ? { signal } : {}),
  };
  const delivered = await exportRuns({ ...same, ...(onProgress ? { onProgress } : {}) });
  if (signal?.aborted) return { delivered, verified: [] };
  // A place that went away is in the report of the delivery; the others are still compared.
  const verified = await verifyAt(destination, options, runs).catch((cause: unknown): readonly VerifiedRun[] => {
    if (isRunferryError(cause)) return [];
    throw cause;
  });
  return { delivered, verified };
}

type VerifyAtOptions = Pick<MigrateOptions, "store" | "telling" | "signal" | "onProgress"> & {
  /** Also the bytes of files. */
  readonly bytes?: boolean;
};

/** Reads the runs back from one destination and compares them, and tells of it. */
export async function verifyAt(
  destination: Destination,
  { store, telling, bytes, signal, onProgress }: VerifyAtOptions,
  runs: readonly RunLabel[],
): Promise<readonly VerifiedRun[]> {
  const count = countWork("verify", destination.name, runs.length, onProgress);
  const verified = await verifyRuns({
    store,
    runs,
    destinations: [destination],
    ...(telling ? { telling } : {}),
    ...(bytes ? { bytes } : {}),
    ...(signal ? { signal } : {}),
    onProgress: ({ name, points }) => count.done(name, points, true),
  });
  count.over();
  return verified;
}

/** Every run of the sources is in the store, as much of it as could be read. */
export function isTakenIn(runs: readonly ImportedRunReport[]): boolean {
  return runs.every(({ state }) => state !== "failed");
}

/** What of the runs could not be read, or was lost before they were taken. */
export function lossesOf({ sources, delivered }: Pick<Migration, "sources" | "delivered">): readonly Difference[] {
  const read = sources.flatMap(({ runs }) => runs.flatMap(({ lost }) => lost));
  const told = Object.values(delivered.differences).flat();
  return addDifferences(
    read,
    told.filter(({ grade }) => grade === "lost"),
  );
}

/** Everything of every run is in the store, at every destination, and was found there again. */
export function isWhole(migration: Migration, acceptLoss = false): boolean {
  const { sources, delivered, verified } = migration;
  return (
    sources.every(({ runs }) => isTakenIn(runs)) &&
    (acceptLoss || lossesOf(migration).length === 0) &&
    delivered.runs.every(({ state }) => state === "delivered") &&
    verified.length === delivered.runs.length &&
    verified.every(({ equality }) => equality === "equal" || equality === "converted")
  );
}
