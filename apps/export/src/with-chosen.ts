import type { Destination } from "@runferry/tracker";
import { chosenPlaces, closePlaces } from "./chosen-places.ts";
import { closeSources, openSources } from "./chosen-sources.ts";
import type { Context } from "./command.ts";
import type { OpenedSource } from "./open-source.ts";

export interface Chosen {
  /** Where the store is, or would be. */
  readonly folder: string;
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
}

/** Opens what the words and `--to` of a command name, and closes it whatever comes of the work. */
export async function withChosen<T>(context: Context, work: (chosen: Chosen) => Promise<T>): Promise<T> {
  const folder = context.storeFolder();
  const sources = await openSources(context);
  try {
    const destinations = await chosenPlaces(context, folder);
    try {
      return await work({ folder, sources, destinations });
    } finally {
      await closePlaces(destinations);
    }
  } finally {
    await closeSources(sources);
  }
}
