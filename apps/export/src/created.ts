import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  copyRunId,
  destinationName,
  isJsonObject,
  isRunferryError,
  type Json,
  parseJson,
  RunferryError,
  type Telling,
  toldAddress,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import { eachPlace } from "./each-place.ts";
import { createSharing } from "./share-equal.ts";
import type { Tell } from "./work-progress.ts";
import { writeJson } from "./write-json.ts";

/** How many events of each stream a run had, or was told. */
type Ends = { readonly [stream: string]: number };

/** What one migration made that was not there before: what `undo` may take away. */
export interface Created {
  readonly format: 1;
  /** Runs that were taken into the store. */
  readonly store: readonly { readonly run: string; readonly ends: Ends }[];
  readonly places: readonly CreatedAt[];
  /** It was killed: a copy may be a part of its run, of which nothing was saved. */
  readonly isCutOff?: boolean;
}

export interface CreatedAt {
  /** As people named it. */
  readonly name: string;
  readonly kind: string;
  /** Whole, and without credentials. */
  readonly address: string;
  readonly into?: string;
  /** The run of the store, what it is called there, and how much of it was told. */
  readonly runs: readonly { readonly run: string; readonly id: string; readonly ends: Ends }[];
}

export type PlaceToldOf = Pick<Destination, "name"> & { readonly backend: Pick<Backend, "kind" | "address"> };

export interface Before {
  readonly store: ReadonlySet<string>;
  /** By the name of the place; nothing where it could not be asked. */
  readonly places: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A place with fewer runs is listed before anybody wonders. */
const longListing = 500;
const listing = { stage: "look", of: undefined, points: 0, bytes: 0, problems: 0, isOver: false } as const;

/** What there is before a migration: every run of each place is listed, since what was there is not its work to undo. */
export async function whatIsThere(
  store: Store,
  destinations: readonly Destination[],
  signal: AbortSignal,
  tell?: Tell,
): Promise<Before> {
  const places = new Map<string, ReadonlySet<string>>();
  await eachPlace(destinations, async ({ name, source }) => {
    const ids = new Set<string>();
    try {
      for await (const { run } of source.runs({ signal })) {
        ids.add(run);
        if (ids.size % longListing === 0) tell?.({ ...listing, place: name, run, done: ids.size });
      }
    } catch (cause) {
      signal.throwIfAborted();
      if (!isRunferryError(cause)) throw cause;
      if (cause.code !== "not_found") return; // a place that is not there has no runs
    }
    places.set(name, ids);
  });
  return { store: new Set(store.ids().filter(store.has)), places };
}

/** What has come since: of the runs given, those that were not there. */
export async function createdSince(
  before: Before,
  store: Store,
  runs: readonly string[],
  destinations: readonly PlaceToldOf[],
  telling: Telling | undefined,
  isCutOff = false,
): Promise<Created> {
  const { into } = telling ?? {};
  const shared = createSharing();
  const places: CreatedAt[] = [];
  for (const { name, backend } of destinations) {
    const there = before.places.get(name);
    const { kind, address } = backend;
    const destination = await destinationName(kind, toldAddress(address, telling));
    const made: CreatedAt["runs"][number][] = [];
    for (const run of there ? runs : []) {
      const id = into === undefined ? run : await copyRunId(run, into);
      const ends = toldEnds(store, run, destination);
      const isTold = isCutOff || Object.values(ends).some((end) => end > 0);
      if (!there!.has(id) && isTold) made.push({ run, id, ends: shared(ends) });
    }
    places.push({ name, kind, address, ...(into === undefined ? {} : { into }), runs: made });
  }
  const taken = runs
    .filter((run) => !before.store.has(run))
    .map((run) => ({ run, ends: shared(storedEnds(store, run)) }));
  return { format: 1, store: taken, places, ...(isCutOff ? { isCutOff } : {}) };
}

/** How far a destination was told a run. */
export function toldEnds(store: Store, run: string, destination: string): Ends {
  const streams = Object.entries(store.deliveries.saved(run, destination)?.streams ?? {});
  return Object.fromEntries(streams.map(([name, { cursor }]) => [name, cursor.through]));
}

export function storedEnds(store: Store, run: string): Ends {
  const stored = store.run(run);
  return Object.fromEntries(stored.streams.map((name) => [name, stored.lastOf(name)?.seq ?? 0]));
}

/** Beside the report of the migration. */
export function writeCreated(folder: string, report: string, created: Created): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, `${report}-created.json`), created as unknown as Json);
}

export function readCreated(folder: string, report: string): Created {
  const path = join(folder, `${report}-created.json`);
  const parsed = /^[\w-]+$/.test(report) ? readJson(path) : undefined;
  if (isJsonObject(parsed) && parsed.format === 1 && Array.isArray(parsed.store) && Array.isArray(parsed.places)) {
    return parsed as unknown as Created;
  }
  throw new RunferryError("not_found", `there is no record of a migration ${JSON.stringify(report)} in ${folder}`, {
    hint: "give the name of its report, such as 20251121-024501, and the store with --dir",
    data: "nothing was changed",
  });
}

function readJson(path: string): Json | undefined {
  try {
    return parseJson(readFileSync(path, "utf8"));
  } catch {
    return undefined; // not there, or not what we wrote
  }
}
