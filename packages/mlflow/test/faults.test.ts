import { describeMismatch, fold, forward, memoryDeliveries, missingFrom, type Progress } from "@runferry/core";
import { instantClock, smallRun } from "@runferry/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflow, mlflowClient, mlflowSource } from "../src/index.ts";
import { type FaultProxy, startFaultProxy, type Trouble, troubles } from "./fault-proxy.ts";
import { sharedServer } from "./shared-server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("trouble on the way to a real server", () => {
  const server = sharedServer();
  const open: FaultProxy[] = [];
  afterEach(async () => {
    for (const proxy of open.splice(0)) await proxy.close();
  });

  async function proxied(): Promise<FaultProxy> {
    await server().empty();
    const proxy = await startFaultProxy(server().url);
    open.push(proxy);
    return proxy;
  }

  async function deliver(proxy: FaultProxy, told: Progress[] = []) {
    const { journal } = await smallRun();
    const backend = mlflow({ uri: proxy.url, env: {} });
    const options = { clock: instantClock(), random: () => 0.5, retry: { attempts: 100 }, batch: { events: 4 } };
    const onProgress = (progress: Progress) => void told.push(progress);
    const result = await forward({ journal, backend, deliveries: memoryDeliveries(), ...options, onProgress });
    return { journal, backend, result };
  }

  async function demandOneWhole({ journal, backend }: Awaited<ReturnType<typeof deliver>>): Promise<void> {
    const views = [];
    for await (const found of mlflowSource({ uri: server().url, env: {} }).runs()) views.push(await fold(found));
    expect(views.length).toBe(1);
    const expected = backend.keeps(await fold(journal, { mask: true }));
    expect([...missingFrom(views[0]!, expected)].map(describeMismatch)).toEqual([]);
    expect([...missingFrom(expected, views[0]!)].map(describeMismatch)).toEqual([]);
  }

  test.each(troubles)(
    "%s at the first and third of every kind of request: one run, everything once",
    async (trouble) => {
      const proxy = await proxied();
      const times = new Map<string, number>();
      proxy.decide = (method, path) => {
        const kind = `${method} ${path.replace(/\?.*/, "").replace(/[0-9a-f]{32}/g, "id")}`;
        const time = (times.get(kind) ?? 0) + 1;
        times.set(kind, time);
        return time === 1 || time === 3 ? trouble : undefined;
      };
      const delivered = await deliver(proxy);
      expect(delivered.result.state, delivered.result.cause ?? "").toBe("delivered");
      await demandOneWhole(delivered);
      expect(proxy.counts.get(trouble)).toBeGreaterThan(8);
    },
  );

  test("a server that asks for a pause gets it", async () => {
    const proxy = await proxied();
    let left = 1;
    proxy.decide = () => (left-- > 0 ? "429 with Retry-After" : undefined);
    const told: Progress[] = [];
    await deliver(proxy, told);
    const pauses = told.flatMap((progress) => (progress.type === "retrying" ? [progress.inMs] : []));
    expect(pauses.length).toBeGreaterThan(0); // both lanes may have waited for the one request
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(7000);
  });

  test("every trouble is named for what it is", async () => {
    const proxy = await proxied();
    const client = mlflowClient({ uri: proxy.url, env: {} });
    const codes: { [trouble in Trouble]?: string } = {};
    for (const trouble of troubles) {
      proxy.decide = () => trouble;
      const failure = await client.tracking.experimentByName("Default").then(
        () => "none",
        (cause: { code: string }) => cause.code,
      );
      codes[trouble] = failure;
    }
    client.close();
    const { "slow, done": slow, ...others } = codes;
    expect(slow).toBe("none");
    expect(new Set(Object.values(others))).toEqual(new Set(["unavailable"]));
  });
});
