import nock from "nock";
import { afterEach, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { type Metric, mlflowClient, type WireNumber } from "../src/index.ts";
import { logAll } from "../src/log-batches.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const signal = new AbortController().signal;
const points = (value: WireNumber, count: number): readonly Metric[] =>
  Array.from({ length: count }, (_, i) => ({ key: `m${i % 3}`, value, timestamp: 1 + i, step: i }));

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("sent again to a real server", () => {
  const server = borrowMlflow();

  async function createRun() {
    await server().empty();
    const client = mlflowClient({ uri: server().url, env: {} });
    const experimentId = await client.tracking.createExperiment("again");
    const { info } = await client.tracking.createRun({ experimentId, name: "again", startTime: 1, tags: [] });
    return { client, run: info.run_id };
  }

  test.each<[WireNumber, number]>([
    [0.5, 1],
    [0.5, 1000],
    ["NaN", 1],
    ["NaN", 1000],
  ])("points of %s, %i of them, are there once", async (value, count) => {
    const { client, run } = await createRun();
    const facts = { metrics: points(value, count), params: [], tags: [] };
    for (let time = 0; time < 3; time++) await logAll(client, run, facts, signal);
    const there = [];
    for (const key of new Set(facts.metrics.map((metric) => metric.key))) {
      for await (const point of client.tracking.metricHistory(run, key)) there.push(point);
    }
    expect(there).toHaveLength(count);
    client.close();
  });

  test("while the first is still under way: params, tags and points are there once, and nothing is refused", async () => {
    const { client, run } = await createRun();
    const pairs = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, value: `${i}` }));
    const facts = { metrics: points(1, 200), params: pairs, tags: pairs };
    await Promise.all(Array.from({ length: 6 }, () => logAll(client, run, facts, signal)));
    const { data } = await client.tracking.getRun(run);
    expect(data?.params).toHaveLength(50);
    expect(data?.tags?.filter(({ key }) => key.startsWith("k"))).toHaveLength(50);
    client.close();
  });
});

describe("a server that refuses what comes again", () => {
  const uri = "http://ml.example:5000";
  afterEach(() => nock.cleanAll());

  test.each([
    '(psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "metric_pk"',
    "(sqlite3.IntegrityError) UNIQUE constraint failed: metrics.key, metrics.timestamp",
    "(pymysql.err.IntegrityError) (1062, \"Duplicate entry 'a-1' for key 'PRIMARY'\")",
  ])("%s: what its history lacks is sent, and nothing twice", async (message) => {
    const client = mlflowClient({ uri, env: {} });
    const there = points(1, 4);
    const all = points(1, 9);
    const sent: Metric[] = [];
    nock(uri).post("/api/2.0/mlflow/runs/log-batch").reply(400, { error_code: "BAD_REQUEST", message });
    for (const key of ["m0", "m1", "m2"]) {
      nock(uri)
        .get("/api/2.0/mlflow/metrics/get-history")
        .query((query) => query.metric_key === key)
        .reply(200, { metrics: there.filter((metric) => metric.key === key) });
    }
    nock(uri)
      .post("/api/2.0/mlflow/runs/log-batch", (body: { metrics: Metric[] }) => sent.push(...body.metrics) > 0)
      .reply(200, {});
    await logAll(client, "r", { metrics: all, params: [], tags: [] }, signal);
    expect(sent).toEqual(all.slice(4));
    expect(nock.isDone()).toBe(true);
    client.close();
  });

  test("all of it there is as good as accepted; nothing of it there is refused", async () => {
    const client = mlflowClient({ uri, env: {} });
    const metrics = points(1, 1);
    const facts = { metrics, params: [], tags: [] };
    const refuse = (history: readonly Metric[]) => {
      const said = { error_code: "BAD_REQUEST", message: "UNIQUE constraint failed: metrics.key" };
      nock(uri).post("/api/2.0/mlflow/runs/log-batch").reply(400, said);
      nock(uri).get("/api/2.0/mlflow/metrics/get-history").query(true).reply(200, { metrics: history });
    };
    refuse(metrics);
    await logAll(client, "r", facts, signal);
    refuse([]);
    await expect(logAll(client, "r", facts, signal)).rejects.toMatchObject({ code: "refused" });
    expect(nock.isDone()).toBe(true);
    client.close();
  });
});
