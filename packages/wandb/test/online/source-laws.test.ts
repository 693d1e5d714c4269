import { fold, type RunView } from "@runferry/core";
import { describeSource, hostileRuns, type SourceSubject } from "@runferry/testkit";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { vi } from "vitest";
import { keeps, wandbSource } from "../../src/index.ts";
import { deliver, project } from "./deliver.ts";
import { optionsFor } from "./subject.ts";

vi.setConfig({ testTimeout: 120_000 });

const onlineSubject: SourceSubject = {
  name: "wandb source",
  async create() {
    const server = await startWandbServer();
    const expected = new Map<string, RunView>();
    for (const { journal } of await hostileRuns(1, { names: 1000 })) {
      await deliver(server, journal);
      expected.set(journal.run, keeps(await fold(journal, { mask: true })));
    }
    return {
      open: () => wandbSource(optionsFor(server, project)),
      expected,
      async digest() {
        const runs = server.runs().map(async (path) => {
          const [entity = "", name = "", id = ""] = path.split("/");
          return server.run(entity, name, id);
        });
        return JSON.stringify(await Promise.all(runs), (_key, value) => (value instanceof Map ? [...value] : value));
      },
      remove: () => server.close(),
    };
  },
};

describeSource(onlineSubject);
