import { forward, memoryDeliveries, memoryJournal } from "@runferry/core";
import { describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflow } from "../src/index.ts";
import { startFaultProxy } from "./fault-proxy.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

function smallRun(id: string) {
  const journal = memoryJournal(id);
  const writer = journal.writer();
  writer.append({ kind: "run.started", format: 1, id, name: id, experiment: "small", createdAt: 1000 }, 1000);
  writer.append({ kind: "params.set", values: { lr: 0.1 } }, 1001);
  for (let step = 0; step < 5; step++)
    writer.append({ kind: "metrics.logged", step, values: { loss: step } }, 1002 + step);
  writer.append({ kind: "run.ended", status: "finished" }, 2000);
  return journal;
}

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("a small run", () => {
  const server = borrowMlflow();

  test("takes five requests, the experiment is asked for once, and a run that is there takes none", async () => {
    await server().empty();
    const proxy = await startFaultProxy(server().url);
    const backend = mlflow({ uri: proxy.url, env: {} });
    const deliveries = memoryDeliveries();
    const send = async (id: string) => {
      const before = proxy.requests.length;
      expect((await forward({ journal: smallRun(id), backend, deliveries })).state).toBe("delivered");
      return proxy.requests
        .slice(before)
        .map(({ what }) => what.replace(/^\w+ \/api\/2\.0\/mlflow\//, "").replace(/\?.*/, ""));
    };
    const [first, second] = ["01jd4wcq00000000000000000a", "01jd4wcq00000000000000000b"] as const;
    const asked = ["runs/search", "runs/create", "runs/log-batch", "runs/log-batch", "runs/update"];
    expect(await send(first)).toEqual(["experiments/get-by-name", "experiments/create", ...asked]);
    expect(await send(second)).toEqual(asked);
    expect(await send(second)).toEqual([]);
    await backend.close();
    await proxy.close();
  });
});
