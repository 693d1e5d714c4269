import { rmSync } from "node:fs";
import { fold, forward, memoryDeliveries, type RunView } from "@runferry/core";
import { describeSource, hostileRuns, type SourceSubject } from "@runferry/testkit";
import { keeps, wandbOffline, wandbOfflineSource } from "../../src/index.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

const ownSubject: SourceSubject = {
  name: "wandb-offline source",
  async create() {
    const dir = temporaryFolder();
    const expected = new Map<string, RunView>();
    for (const { journal } of await hostileRuns(1, { names: 1000 })) {
      await forward({ journal, backend: wandbOffline({ dir }), deliveries: memoryDeliveries() });
      expected.set(journal.run, keeps(await fold(journal, { mask: true })));
    }
    return {
      open: () => wandbOfflineSource(dir),
      expected,
      digest: async () => JSON.stringify([...filesIn(dir)]),
      remove: async () => rmSync(dir, { recursive: true }),
    };
  },
};

describeSource(ownSubject);
