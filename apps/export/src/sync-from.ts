import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { systemClock } from "@runferry/core";
import type { Store } from "@runferry/local";
import { type SyncedRun, type SyncOptions, syncRuns } from "@runferry/tracker";
import { type ImportedRunReport, importRuns } from "./import-runs.ts";
import type { OpenedSource } from "./open-source.ts";
import { steadySource } from "./steady-source.ts";

export interface SyncFromOptions {
  readonly sources: readonly OpenedSource[];
  readonly store: Store;
  /** Places as `kind:address`. */
  readonly to: readonly string[];
  /** Go on with what comes to be in the sources, until the signal. */
  readonly follow?: boolean;
  /** How long to wait before looking again; never shorter than the looking took. Default: 5 s. */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
  readonly onImported?: (from: string, imported: ImportedRunReport) => void;
  readonly onProgress?: SyncOptions["onProgress"];
  /** After each round: what became of the deliveries that were not up to date. */
  readonly onSynced?: (synced: readonly SyncedRun[]) => void;
}

/** What is known of a source from the round before. */
interface Seen {
  mark?: string | undefined;
  /** Everything of it was taken then. */
  isTaken: boolean;
}

export interface SyncedFrom {
  readonly imported: readonly ImportedRunReport[];
  readonly synced: readonly SyncedRun[];
}

/**
 * Keeps places up to date with sources that other trackers write: takes in what is new, delivers it, and looks again.
 * Gives what the last round came to.
 */
export async function syncFrom(options: SyncFromOptions): Promise<SyncedFrom> {
  const { sources, store, to, signal, follow = false, everyMs = 5000 } = options;
  const seen = new Map(sources.map((source) => [source, { isTaken: false } as Seen]));
  const last = new Map<string, ImportedRunReport>();
  for (;;) {
    const begin = performance.now();
    for (const [source, about] of seen) {
      for (const report of await takeIn(source, about)) last.set(report.run, report);
    }
    const imported = [...last.values()];
    const runs = imported.flatMap(({ run, state }) => (state === "failed" ? [] : run));
    const { onProgress } = options;
    const synced = await syncRuns({ store, runs, to, signal, ...(onProgress ? { onProgress } : {}) });
    options.onSynced?.(synced);
    if (!follow || signal.aborted) return { imported, synced };
    await systemClock.sleep(Math.max(everyMs, performance.now() - begin), signal);
    if (signal.aborted) return { imported, synced };
  }

  async function takeIn(opened: OpenedSource, about: Seen): Promise<readonly ImportedRunReport[]> {
    const { name, source } = opened;
    const mark = follow ? await markOf(resolve(name)) : undefined;
    const isStill = mark === undefined || mark === about.mark;
    if (about.isTaken && isStill && mark !== undefined) return [];
    about.mark = mark;
    about.isTaken = true;
    const reports = await importRuns({
      ...opened,
      source: follow
        ? steadySource(source, isStill, () => {
            about.isTaken = false;
          })
        : source,
      store,
      signal,
    }).catch((cause: unknown) => {
      if (signal.aborted) return [];
      throw cause;
    });
    // A file that is cut short for a moment can look like that of another run.
    const settled = isStill ? reports : reports.filter(({ state }) => state !== "failed");
    if (settled.length < reports.length) about.isTaken = false;
    for (const report of settled) options.onImported?.(name, report);
    return settled;
  }
}

/** Changes when anything below a folder does; undefined for what is no folder. */
async function markOf(folder: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  async function walk(path: string): Promise<void> {
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const own = join(path, entry.name);
      const there = await lstat(own, { bigint: true }).catch(() => undefined); // gone meanwhile
      hash.update(`${own}\0${there?.ino}\0${there?.size}\0${there?.mtimeNs}\0`);
      if (entry.isDirectory()) await walk(own).catch(() => undefined); // one that may not be read is named when it is
    }
  }
  try {
    await walk(folder);
    return hash.digest("hex");
  } catch {
    return undefined;
  }
}
