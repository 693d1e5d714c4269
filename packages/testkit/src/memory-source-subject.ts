import {
  fold,
  forward,
  itemsOf,
  itemText,
  memoryDeliveries,
  memoryPlace,
  type RunView,
  type Source,
} from "@runferry/core";
import { hostileRuns } from "./hostile/hostile-runs.ts";
import type { SourceSubject } from "./subject.ts";

/** The place in memory, filled with hostile runs, as a source; `twist` makes a broken one. */
export function memorySourceSubject(
  name = "memory source",
  twist: (source: Source) => Source = (source) => source,
): SourceSubject {
  return {
    name,
    async create() {
      const place = memoryPlace("source");
      const expected = new Map<string, RunView>();
      for (const { journal } of await hostileRuns(1)) {
        await forward({ journal, backend: place.backend(), deliveries: memoryDeliveries(), mask: false });
        expected.set(journal.run, await fold(journal));
      }
      return {
        open: () => twist(place.source),
        expected,
        digest: async () => {
          let text = "";
          for await (const journal of place.source.runs())
            text += [...itemsOf(await fold(journal))].map(itemText).join();
          return text;
        },
        async remove() {
          // Memory goes by itself.
        },
      };
    },
  };
}
