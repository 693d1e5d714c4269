import { join } from "node:path";
import type { RunView } from "@runferry/core";
import { describeSource } from "@runferry/testkit";
import { engine, lab, neural } from "../src/index.ts";
import { digestOf, expectedRuns, fixtures, viewOf } from "./stores.ts";

for (const layout of [lab, neural, engine]) {
  describeSource({
    name: layout.name,
    async create() {
      const folder = join(fixtures, layout.name);
      const expected = new Map<string, RunView>();
      for (const run of expectedRuns(layout.name)) {
        const view = await viewOf(layout.name, run);
        expected.set(view.started?.id ?? "", view);
      }
      return {
        source: layout.source(folder, { timezone: "UTC" }),
        expected,
        digest: async () => digestOf(folder),
        async remove() {
          // The fixtures stay.
        },
      };
    },
  });
}
