import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMismatch, fold, forward, missingFrom } from "@runferry/core";
import { deliveriesInFile, killedChild } from "@runferry/testkit";
import { describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { keeps, mlflow, mlflowSource } from "../src/index.ts";
import { killedRun } from "./killed-run.ts";

vi.setConfig({ testTimeout: Number(process.env.RUNFERRY_ROUNDS ?? 1) * 180_000, hookTimeout: 120_000 });

const kills = Math.round(10 * Number(process.env.RUNFERRY_ROUNDS ?? 1));
const restarts = Math.min(10, Number(process.env.RUNFERRY_ROUNDS ?? 1));

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("killed again and again", () => {
  const server = borrowMlflow();

  /** Runs the delivery; kills it once it has accepted so many batches, and a little later. Says how it ended. */
  function deliver(saved: string, killAfter?: number, laterMs?: number): Promise<number | null> {
    return killedChild(join(import.meta.dirname, "kill-child.ts"), [server().url, saved], killAfter, laterMs);
  }

  async function demandOneWhole(): Promise<void> {
    const expected = keeps(await fold(await killedRun(), { mask: true }));
    const views = [];
    for await (const found of mlflowSource({ uri: server().url, env: {} }).runs()) views.push(await fold(found));
    expect(views).toHaveLength(1);
    expect([...missingFrom(views[0]!, expected)].map(describeMismatch)).toEqual([]);
    expect([...missingFrom(expected, views[0]!)].map(describeMismatch)).toEqual([]);
  }

  test("one run, every point once, artifacts whole", async () => {
    let killed = 0;
    for (let round = 0; killed < kills; round++) {
      expect(round).toBeLessThan(kills + 5);
      await server().empty();
      const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-kill-"));
      const saved = join(folder, "saved");
      for (let tries = 0; tries < 5 && killed < kills; tries++) {
        if ((await deliver(saved, 1 + ((round * 17 + tries * 7) % 13), (tries * 7 + round) % 23)) !== null) break;
        killed++;
      }
      expect(await deliver(saved)).toBe(0);
      await demandOneWhole();
      rmSync(folder, { recursive: true, force: true });
    }
    expect(killed).toBeGreaterThanOrEqual(kills);
    console.log(`${killed} kills of the delivering process: one run, every point once, artifacts whole each time`);
  });

  test("the server too: one run, every point once, artifacts whole", async () => {
    for (let round = 0; round < restarts; round++) {
      await server().empty();
      const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-restart-"));
      const backend = mlflow({ uri: server().url, env: {} });
      let accepted = 0;
      let retried = 0;
      let restarting: Promise<void> | undefined;
      const result = await forward({
        journal: await killedRun(),
        backend,
        batch: { events: 3 },
        deliveries: deliveriesInFile(join(folder, "saved")),
        retry: { attempts: 1000, firstMs: 100, longestMs: 500 },
        onProgress: ({ type }) => {
          if (type === "retrying") retried++;
          if (type === "accepted" && ++accepted === 5 + ((round * 23) % 60)) restarting = server().restart();
        },
      });
      await restarting;
      await backend.close();
      expect(result.state, result.cause ?? "").toBe("delivered");
      expect(restarting).toBeDefined();
      expect(retried).toBeGreaterThan(0);
      await demandOneWhole();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
