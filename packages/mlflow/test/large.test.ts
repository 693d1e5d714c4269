import { describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { deliverLarge, expectSameBytes } from "./large.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("large things", () => {
  const server = borrowMlflow();

  test("a file of 64 MiB arrives whole, and is never in memory as one", async () => {
    const { url } = server();
    await deliverLarge("file", 64 * 1024 * 1024 + 1, url, async (told, store) => {
      expect(told.residentBytes).toBeLessThan(150e6);
      await expectSameBytes(told, store, url);
    });
  });
});
