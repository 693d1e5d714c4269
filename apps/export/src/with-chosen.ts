import type { Telling } from "@runferry/core";
import type { Destination } from "@runferry/tracker";
import { choiceOf } from "./choice-options.ts";
import { chooseInSources } from "./choose-in-sources.ts";
import { chosenPlaces, closePlaces } from "./chosen-places.ts";
import { closeSources, openSources } from "./chosen-sources.ts";
import type { Context } from "./command.ts";
import { refuseInSources } from "./keep-apart.ts";
import type { OpenedSource } from "./open-source.ts";
import { tellingOf } from "./telling-options.ts";

export interface Chosen {
  /** Where the store is, or would be. */
  readonly folder: string;
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
  readonly telling: Telling | undefined;
}

/** Opens what the words and `--to` of a command name, with the runs that its options choose, and closes it whatever comes of the work. */
export async function withChosen<T>(context: Context, work: (chosen: Chosen) => Promise<T>): Promise<T> {
  const folder = context.storeFolder();
  const [choice, telling] = [choiceOf(context), tellingOf(context)];
  const opened = await openSources(context);
  try {
    const destinations = await chosenPlaces(context, folder);
    try {
      refuseInSources(destinations, opened);
      const sources = await chooseInSources(opened, choice);
      return await work({ folder, sources, destinations, telling });
    } finally {
      await closePlaces(destinations);
    }
  } finally {
    await closeSources(opened);
  }
}
