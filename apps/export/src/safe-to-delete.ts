import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { countOf, describeMismatch, fold, type Journal, messageOf, missingFrom, type RunView } from "@runferry/core";
import type { ImportedJournal } from "@runferry/layouts";
import type { Store, TakenFrom } from "@runferry/local";
import { pointsOf } from "./count-points.ts";
import { openSource } from "./open-source.ts";
import { fullName, type RunLabel } from "./run-label.ts";
import { type VerifiedRun, type VerifyOptions, verifyRuns } from "./verify-runs.ts";
import { countWork, type Tell } from "./work-progress.ts";

/** A folder that runs were taken from. */
export interface SourceFolder {
  readonly folder: string;
  readonly runs: number;
  /** Files of the runs, each found byte by byte somewhere else. */
  readonly files: number;
  readonly bytes: number;
  /** Where all of it is. */
  readonly at: readonly string[];
  /** Why it has to stay; empty where it may go. */
  readonly reasons: readonly string[];
}

export interface SafeOptions extends Omit<VerifyOptions, "bytes" | "telling" | "onProgress"> {
  /** Told of the runs as they are read back, and as the folders are read again. */
  readonly onProgress?: Tell;
}

/**
 * Which of the folders that runs were taken from may be deleted: all that is in one was taken in, is as it was then, and
 * every run of it was read back from a destination that holds all of its files. Deletes nothing.
 */
export async function safeToDelete(options: SafeOptions): Promise<readonly SourceFolder[]> {
  const { store, runs, destinations, signal, onProgress } = options;
  const taken = runs.flatMap((run) => {
    const from = store.run(run.id).takenFrom;
    return from ? [{ run, from }] : [];
  });
  const counts = new Map(destinations.map(({ name }) => [name, countWork("verify", name, taken.length, onProgress)]));
  const folders: SourceFolder[] = [];
  for (const [folder, all] of Map.groupBy(taken, ({ from }) => from.folder)) {
    const verified = await verifyRuns({
      store,
      runs: all.map(({ run }) => run),
      destinations,
      bytes: true,
      ...(signal ? { signal } : {}),
      onProgress: ({ destination, name, points }) => counts.get(destination)?.done(name, points, true),
    });
    folders.push(await judge(folder, all, verified, store, options));
  }
  for (const count of counts.values()) count.over();
  return folders;
}

interface Taken {
  readonly run: RunLabel;
  readonly from: TakenFrom;
}

async function judge(
  folder: string,
  taken: readonly Taken[],
  verified: readonly VerifiedRun[],
  store: Store,
  { signal, onProgress }: SafeOptions,
): Promise<SourceFolder> {
  const reasons: string[] = [];
  const accounted = new Set<string>();
  const at = new Set<string>();
  let [runs, files, bytes] = [0, 0, 0];
  let isTold = true;
  if (!existsSync(folder)) reasons.push("it is not there any more");
  const zone = taken[0]?.from.zone;
  const opened = existsSync(folder)
    ? await openSource(folder, { deleted: true, ...(zone === undefined ? {} : { timezone: zone }) })
    : undefined;
  const count = countWork("read", folder, undefined, onProgress);
  for await (const journal of opened?.source.runs() ?? []) {
    signal?.throwIfAborted();
    runs++;
    const view = await fold(journal);
    const name = view.started ? fullName(view.started) : journal.run;
    const lost = view.differences.find(({ grade }) => grade === "lost");
    if (lost) reasons.push(`${name}: ${lost.count} × ${lost.kind}${lost.example ? `: ${lost.example}` : ""}`);
    const why = await reasonOf(journal.run, view, verified, store);
    if (typeof why === "string") reasons.push(`${name} ${why}`);
    else for (const place of why) at.add(place);
    const located = await filesOf(journal, view);
    if (located === undefined) {
      isTold = false;
      reasons.push(`${name}: this store holds more than runs, or does not tell what they were read from`);
    }
    for (const path of located?.read ?? []) accounted.add(path);
    files += located?.own.length ?? 0;
    for (const one of located?.own ?? []) bytes += one.bytes;
    count.done(name, pointsOf(view), true);
  }
  count.over();
  await opened?.close();
  try {
    // Where a run does not tell its files, any of them may be one.
    for (const path of opened && isTold ? filesBelow(folder) : []) {
      if (!accounted.has(path)) reasons.push(`${relative(folder, path)} is part of no run`);
    }
  } catch (cause) {
    reasons.push(`not all of it can be looked at: ${messageOf(cause)}`);
  }
  return { folder, runs, files, bytes, at: [...at].sort(), reasons };
}

/** The destinations that hold all of a run, or why none does. */
async function reasonOf(
  id: string,
  view: RunView,
  verified: readonly VerifiedRun[],
  store: Store,
): Promise<readonly string[] | string> {
  if (!store.has(id)) return "was not taken in";
  const [more] = missingFrom(await fold(store.run(id).journal), view);
  if (more) return `is not what was taken in: ${describeMismatch(more)}`;
  const copies = verified.filter(({ run }) => run === id);
  const whole = copies.filter(
    ({ equality, differences }) =>
      (equality === "equal" || equality === "converted") && countOf(differences, "left out") === 0,
  );
  if (whole.length > 0) return whole.map(({ destination }) => destination);
  const why = copies.map(({ destination, equality, differences }) => {
    const out = differences.find(({ grade }) => grade === "left out");
    return out && equality !== "different" ? `${destination} leaves out: ${out.kind}` : `${destination}: ${equality}`;
  });
  return `is whole nowhere (${why.join("; ") || "it was not looked for"})`;
}

/** Where a run lies: the files it was read from, and its own. Undefined where the layout does not tell. */
async function filesOf(journal: Journal, view: RunView) {
  if (!("factFiles" in journal)) return undefined;
  const { factFiles, locate } = journal as ImportedJournal;
  const facts = await factFiles();
  if (facts === undefined) return undefined;
  const own = [...view.artifacts.values(), ...view.replaced].map(({ file }) => file);
  for (const { media } of view.media) if ("file" in media && media.file) own.push(media.file);
  const read = [...facts];
  for (const file of own) read.push(await locate(file));
  return { own, read: read.map((path) => resolve(path)) };
}

function filesBelow(folder: string): readonly string[] {
  if (!statSync(folder).isDirectory()) return [folder];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}
