// `npm run rehearse -- mlflow-large`: what would take `npm test` too long.
import { describe, expect, test } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflowClient } from "../src/index.ts";
import { deliverLarge, expectSameBytes } from "./large.ts";

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("very large things", () => {
  const server = borrowMlflow();

  test("a file of 2 GiB arrives whole under 150 MB", async () => {
    const { url } = server();
    await deliverLarge("file", 2 * 1024 ** 3 + 1, url, async (told, store) => {
      expect(told.residentBytes).toBeLessThan(150e6);
      await expectSameBytes(told, store, url);
    });
  });

  test("a million points of one run arrive under 200 MB", async () => {
    const { url } = server();
    await server().empty();
    await deliverLarge("points", 1e6, url, async (told) => {
      expect(told.residentBytes).toBeLessThan(200e6);
      const client = mlflowClient({ uri: url, env: {} });
      for (let i = 0; i < 10; i++) {
        const seen = new Uint8Array(1e5);
        for await (const { step = 0, value } of client.tracking.metricHistory(told.remote, `train/m${i}`)) {
          if (value === step / 16 + i) seen[step]! += 1;
        }
        expect(seen.every((times) => times === 1)).toBe(true);
      }
      client.close();
    });
  });
});
