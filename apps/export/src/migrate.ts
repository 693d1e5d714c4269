import type { Telling } from "@runferry/core";
import { openStore } from "@runferry/local";
import { type Destination, openDestination, parsePlaces, readConfig } from "@runferry/tracker";
import type { Choice } from "./choice.ts";
import { chooseInSources } from "./choose-in-sources.ts";
import { layoutNamed } from "./chosen-layout.ts";
import { closePlaces } from "./chosen-places.ts";
import { closeSources } from "./chosen-sources.ts";
import { refuseInSources } from "./keep-apart.ts";
import { type Migration, migrateRuns } from "./migrate-runs.ts";
import { type OpenedSource, openSource } from "./open-source.ts";
import { type Plan, planRuns } from "./plan-runs.ts";
import { storeFolder } from "./store-folder.ts";
import type { WorkProgress } from "./work-progress.ts";

export interface MoveOptions extends Choice {
  /** Places such as `tensorboard:./tb`, `mlflow`, or names of `runferry.yaml`. */
  readonly to: string | readonly string[];
  /** The store. Default: as for logging. */
  readonly dir?: string;
  /** The name of a layout to read folders as, also one of `runferry.yaml`. */
  readonly layout?: string;
  /** What times without a zone are in, an IANA name. Default: the zone of this machine. */
  readonly timezone?: string;
  /** How the runs are told there, where that is not as they are. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
}

/** What `runferry plan` does: says what moving the runs of folders or places would mean. Writes nothing. */
export function plan(from: string | readonly string[], options: MoveOptions): Promise<Plan> {
  return withPlaces(from, options, (opened) => planRuns({ ...opened, ...carriedOver(options) }));
}

/** What `runferry migrate` does: takes runs into the store, delivers them, and reads them back to compare. */
export function migrate(
  from: string | readonly string[],
  moving: MoveOptions & { readonly onProgress?: (progress: WorkProgress) => void },
): Promise<Migration> {
  const { onProgress, ...options } = moving;
  const store = openStore(storeFolder(options.dir, process.env, process.cwd()));
  return withPlaces(from, options, (opened) =>
    migrateRuns({ ...opened, store, ...carriedOver(options), ...(onProgress ? { onProgress } : {}) }),
  );
}

async function withPlaces<T>(
  from: string | readonly string[],
  { to, dir: _dir, timezone, layout, telling: _telling, signal, ...choice }: MoveOptions,
  work: (opened: {
    readonly sources: readonly OpenedSource[];
    readonly destinations: readonly Destination[];
  }) => Promise<T>,
): Promise<T> {
  const named = readConfig(process.cwd())?.places;
  const sources: OpenedSource[] = [];
  const destinations: Destination[] = [];
  try {
    for (const place of parsePlaces(to, named)) destinations.push(await openDestination(place));
    for (const one of typeof from === "string" ? [from] : from) {
      const zone = timezone === undefined ? {} : { timezone };
      const known = layout === undefined ? {} : { layout: layoutNamed(layout) };
      sources.push(await openSource(one, { ...zone, ...known, ...(named ? { places: named } : {}) }));
    }
    refuseInSources(destinations, sources);
    return await work({ sources: await chooseInSources(sources, choice, signal), destinations });
  } finally {
    await closePlaces(destinations);
    await closeSources(sources);
  }
}

function carriedOver({ signal, telling }: MoveOptions): Pick<MoveOptions, "signal" | "telling"> {
  return { ...(signal ? { signal } : {}), ...(telling ? { telling } : {}) };
}
