import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { MlflowClient } from "../src/index.ts";
import { type Facts, logAll, logBatches } from "../src/log-batches.ts";

const texts = (count: number, length: number) =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: "ü".repeat(length) }));
const points = (count: number) =>
  Array.from({ length: count }, (_, step) => ({ key: "loss", value: step, timestamp: 1_732_181_400_000, step }));

/** Counts what is under way; the request with this number is refused. */
function countingClient(refused = -1) {
  const seen = { sent: 0, underWay: 0, most: 0, points: 0 };
  const logBatch = async (_run: string, { metrics }: Facts) => {
    const number = seen.sent++;
    seen.most = Math.max(seen.most, ++seen.underWay);
    await sleep(5);
    seen.underWay--;
    if (number === refused) throw new Error("refused");
    seen.points += metrics.length;
  };
  return { seen, client: { tracking: { logBatch } } as unknown as MlflowClient };
}

describe("requests of one write", () => {
  test("keep to the server's limits and hold everything once", () => {
    const facts = { metrics: points(2500), params: texts(250, 10), tags: texts(150, 8000) };
    const requests = [...logBatches(facts)];
    for (const request of requests) {
      const { metrics, params, tags } = request;
      expect(metrics.length + params.length + tags.length).toBeLessThanOrEqual(1000);
      expect(params.length).toBeLessThanOrEqual(100);
      expect(tags.length).toBeLessThanOrEqual(100);
      expect(Buffer.byteLength(JSON.stringify(request))).toBeLessThan(1024 * 1024);
    }
    for (const kind of ["metrics", "params", "tags"] as const) {
      expect(requests.flatMap((request) => request[kind] as readonly unknown[])).toEqual(facts[kind]);
    }
  });

  test("points that are NaN go alone", () => {
    const nan = { key: "loss", value: "NaN", timestamp: 0, step: 0 } as const;
    const requests = [...logBatches({ metrics: [nan, ...points(2)], params: texts(1, 1), tags: [] })];
    expect(requests.map(({ metrics, params }) => [metrics.length, params.length])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  test("are several at a time, the first of them alone", async () => {
    const { client, seen } = countingClient();
    const facts = { metrics: points(20_000), params: [], tags: [] };
    const done = logAll(client, "run", facts, AbortSignal.timeout(10_000));
    expect(seen.sent).toBe(1);
    await done;
    expect(seen).toEqual({ sent: 20, underWay: 0, most: 4, points: 20_000 });
  });

  test("stop where one is refused, and none is under way after that", async () => {
    const { client, seen } = countingClient(3);
    const facts = { metrics: points(20_000), params: [], tags: [] };
    await expect(logAll(client, "run", facts, AbortSignal.timeout(10_000))).rejects.toThrow("refused");
    expect(seen.underWay).toBe(0);
    expect(seen.sent).toBeLessThanOrEqual(8);
  });
});
