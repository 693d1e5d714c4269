import { rmSync } from "node:fs";
import { fold, forward, memoryDeliveries, type RunView } from "@runferry/core";
import { describeSource, hostileRuns } from "@runferry/testkit";
import { keeps } from "../src/index.ts";
import { filesIn, kinds, temporaryFolder } from "./kinds.ts";

for (const { kind, open, source } of kinds) {
  describeSource({
    name: `${kind} source`,
    async create() {
      const dir = temporaryFolder();
      const expected = new Map<string, RunView>();
      for (const { journal } of await hostileRuns(1, { names: 500 })) {
        await forward({ journal, backend: open({ dir }), deliveries: memoryDeliveries() });
        expected.set(journal.run, keeps(await fold(journal, { mask: true })));
      }
      return {
        open: () => source(dir),
        expected,
        digest: async () => JSON.stringify([...filesIn(dir)]),
        remove: async () => rmSync(dir, { recursive: true }),
      };
    },
  });
}
