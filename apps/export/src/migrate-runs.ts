import { isRunferryError, type Telling } from "@runferry/core";
import type { Store } from "@runferry/local";
import { type Destination, openReader } from "@runferry/tracker";
import { type ExportReport, exportRuns } from "./export-runs.ts";
import { type ImportedRunReport, importRuns } from "./import-runs.ts";
import type { OpenedSource } from "./open-source.ts";
import { type VerifiedRun, verifyRuns } from "./verify-runs.ts";

export interface MigrateOptions {
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
  /** Where the facts of the runs are kept; files stay where they are. */
  readonly store: Store;
  /** How the runs are told to the destinations, where that is not as they are. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MigrateProgress) => void;
}

export interface MigrateProgress {
  readonly stage: "read" | "deliver" | "verify";
  /** The source or the destination. */
  readonly place: string;
  readonly run: string;
  readonly done: number;
  /** Unknown while sources are read. */
  readonly of: number | undefined;
}

export interface MigratedSource {
  readonly from: string;
  readonly layout: string;
  readonly runs: readonly ImportedRunReport[];
  readonly guessedZone?: string;
}

export interface Migration {
  readonly startedAt: number;
  readonly sources: readonly MigratedSource[];
  readonly delivered: ExportReport;
  readonly verified: readonly VerifiedRun[];
}

/**
 * Takes the runs of every source into the store, delivers them to every destination, and reads them back to compare.
 * Done again, or after anything that stopped it, it goes on with what is missing.
 */
export async function migrateRuns(options: MigrateOptions): Promise<Migration> {
  const { destinations, store, telling, signal, onProgress } = options;
  const startedAt = Date.now();
  const stopping = signal ? { signal } : {};
  const told = telling ? { telling } : {};
  const sources: MigratedSource[] = [];
  for (const { name: from, layout, source, guessedZone, takenFrom } of options.sources) {
    let done = 0;
    const runs = await importRuns({
      source,
      store,
      ...(takenFrom ? { takenFrom } : {}),
      ...stopping,
      onProgress: ({ name }) => onProgress?.({ stage: "read", place: from, run: name, done: ++done, of: undefined }),
    });
    const zone = guessedZone?.();
    sources.push({ from, layout, runs, ...(zone === undefined ? {} : { guessedZone: zone }) });
  }
  const ids = new Set(sources.flatMap(({ runs }) => runs.flatMap(({ run, state }) => (state === "failed" ? [] : run))));
  const runs = openReader(store.folder)
    .runs()
    .filter(({ id }) => ids.has(id));
  const delivered = await exportRuns({
    store,
    runs,
    destinations,
    ...told,
    ...stopping,
    onProgress: ({ destination, run, done, of }) =>
      onProgress?.({ stage: "deliver", place: destination, run: `${run.experiment}/${run.name}`, done, of }),
  });
  const verified: VerifiedRun[] = [];
  for (const destination of signal?.aborted ? [] : destinations) {
    // A place that went away is in the report of the delivery; the others are still compared.
    const compared = await verifyRuns({
      store,
      runs,
      destinations: [destination],
      ...told,
      ...stopping,
      onProgress: (done, of, place) => onProgress?.({ stage: "verify", place, run: "", done, of }),
    }).catch((cause: unknown) => {
      if (isRunferryError(cause)) return [];
      throw cause;
    });
    verified.push(...compared);
  }
  return { startedAt, sources, delivered, verified };
}

/** Everything of every run is in the store, at every destination, and was found there again. */
export function isWhole({ sources, delivered, verified }: Migration): boolean {
  return (
    sources.every(({ runs }) => runs.every(({ state, lost }) => state !== "failed" && lost.length === 0)) &&
    delivered.runs.every(({ state }) => state === "delivered") &&
    verified.length === delivered.runs.length &&
    verified.every(({ equality }) => equality === "equal" || equality === "converted")
  );
}
