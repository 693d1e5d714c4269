import { join } from "node:path";
import type { RunView } from "@runferry/core";
import { describeSource } from "@runferry/testkit";
import { presetLayouts } from "../src/custom/presets.ts";
import { engine, lab, neural } from "../src/index.ts";
import { digestOf, expectedRuns, fixtures, trainers, viewOf } from "./stores.ts";

const written = [lab, neural, engine].map((layout) => ({ layout, stores: fixtures }));
const trained = presetLayouts.map((layout) => ({ layout, stores: trainers }));

for (const { layout, stores } of [...written, ...trained]) {
  describeSource({
    name: layout.name,
    async create() {
      const folder = join(stores, layout.name);
      const expected = new Map<string, RunView>();
      for (const run of expectedRuns(layout.name, stores)) {
        const view = await viewOf(layout.name, run);
        expected.set(view.started?.id ?? "", view);
      }
      return {
        open: () => layout.source(folder, { timezone: "UTC" }),
        expected,
        digest: async () => digestOf(folder),
        async remove() {
          // The fixtures stay.
        },
      };
    },
  });
}
