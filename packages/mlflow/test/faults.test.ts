import { bytesOf, describeMismatch, fold, forward, memoryDeliveries, missingFrom, type Progress } from "@runferry/core";
import { instantClock, smallRun } from "@runferry/testkit";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflow, mlflowClient, mlflowSource } from "../src/index.ts";
import { type FaultProxy, startFaultProxy, type Trouble, troubles } from "./fault-proxy.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("trouble on the way to a real server", () => {
  const server = borrowMlflow();
  const open: FaultProxy[] = [];
  const recoveries = new Map<string, number>();
  const recovered = (path: string, times: number) => recoveries.set(path, (recoveries.get(path) ?? 0) + times);
  afterAll(() => {
    const lines = [...recoveries].map(([path, times]) => `  ${String(times).padStart(4)}  ${path}`);
    console.log(["how often each way back was taken:", ...lines].join("\n"));
  });
  afterEach(async () => {
    for (const proxy of open.splice(0)) await proxy.close();
  });

  async function proxied(): Promise<FaultProxy> {
    await server().empty();
    const proxy = await startFaultProxy(server().url);
    open.push(proxy);
    return proxy;
  }

  async function deliver(proxy: FaultProxy, told: Progress[] = [], timeoutMs = 60_000) {
    const { journal } = await smallRun();
    const backend = mlflow({ uri: proxy.url, env: {}, timeoutMs });
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
      recovered(`after ${trouble}`, proxy.counts.get(trouble) ?? 0);
      note(proxy);
    },
  );

  /** What was asked because something before it had gone wrong. */
  function note({ requests }: FaultProxy): void {
    const asked = (pattern: RegExp) => requests.flatMap(({ what }, i) => (pattern.test(what) ? [i] : []));
    const lookedAfter = (look: RegExp, create: RegExp) => {
      const [first = requests.length] = asked(create);
      return asked(look).filter((i) => i > first).length;
    };
    const sends = new Map<string, number>();
    for (const { what, body } of requests) {
      const key = `${what}\n${body.toString("latin1")}`;
      sends.set(key, (sends.get(key) ?? 0) + 1);
    }
    const again = (pattern: RegExp) =>
      [...sends].reduce((sum, [key, times]) => (pattern.test(key) ? sum + times - 1 : sum), 0);
    recovered(
      "the experiment looked for again after it was asked for",
      lookedAfter(/get-by-name/, /experiments\/create/),
    );
    recovered("the run looked for again after it was asked for", lookedAfter(/runs\/search/, /runs\/create/));
    recovered("the same facts sent again", again(/^POST .*log-batch/));
    recovered("the same file sent again", again(/^PUT .*mlflow-artifacts/));
    recovered("the same end told again", again(/^POST .*runs\/update/));
    recovered("what is there listed again", again(/^GET .*mlflow-artifacts/));
  }

  test("an answer that does not come in time: one run, everything once", async () => {
    const proxy = await proxied();
    const late = new Set(["runs/create", "log-batch"]);
    proxy.decide = (_method, path) => {
      const kind = [...late].find((end) => path.endsWith(end));
      return kind !== undefined && late.delete(kind) ? "late, done" : undefined;
    };
    const delivered = await deliver(proxy, [], 2000);
    expect(delivered.result.state, delivered.result.cause ?? "").toBe("delivered");
    expect(late.size).toBe(0);
    await demandOneWhole(delivered);
    recovered("after an answer that did not come in time", proxy.counts.get("late, done") ?? 0);
  });

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

  test("a file that comes back cut short is not taken for the whole", async () => {
    const proxy = await proxied();
    const { journal } = await deliver(proxy);
    const file = [...(await fold(journal)).artifacts.values()][0]!.file;
    proxy.decide = (method, path) => (method === "GET" && path.includes(".bin") ? "truncated, done" : undefined);
    for await (const found of mlflowSource({ uri: proxy.url, env: {} }).runs({ ids: [journal.run] })) {
      await expect(bytesOf(found.open(file))).rejects.toThrow();
    }
    expect(proxy.counts.get("truncated, done")).toBeGreaterThan(0);
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

  test("every way back was taken", () => {
    expect(recoveries.size).toBe(troubles.length + 7);
    for (const [path, times] of recoveries) expect(times, path).toBeGreaterThan(0);
  });
});
