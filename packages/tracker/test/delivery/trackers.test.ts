import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fold, verify } from "@runferry/core";
import { mlflowSource } from "@runferry/mlflow";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { openDestination, parsePlace, syncRuns } from "@runferry/tracker";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { borrowMlflow } from "../../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../../tools/peers/peer.ts";
import { type Gate, type Mood, moods, startGate } from "./gate.ts";
import { type LeftBehind, leftBehind } from "./left-behind.ts";
import { type Scene, scene, statusOf, until, untilArrived } from "./scene.ts";
import type { Training } from "./train.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const steps = 10_000;
// Long enough for a delivery to be in the middle of it.
const training: Omit<Training, "backend"> = { steps, pauseEvery: 10, pauseMs: 4, isReal: true };
const times = ["throughout", "in the middle"] as const;
type Case = readonly ["mlflow" | "wandb", Mood, (typeof times)[number]];

const short: readonly Case[] = [
  ["mlflow", "away", "in the middle"],
  ["wandb", "acts and drops", "throughout"],
];
const all = moods.flatMap((mood) =>
  times.flatMap((time): Case[] => [
    ["mlflow", mood, time],
    ["wandb", mood, time],
  ]),
);
const cases = process.env.RUNFERRY_ROUNDS === undefined ? short : all;

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)(
  "a real MLflow server, W&B and TensorBoard at once",
  () => {
    const server = borrowMlflow();
    const apiKey = "d0a1".repeat(10);
    let wandb: WandbServer;
    let gates: { readonly mlflow: Gate; readonly wandb: Gate };
    let environment: { readonly [name: string]: string };
    let alone: LeftBehind;

    beforeAll(async () => {
      wandb = await startWandbServer({ apiKey });
      const at = await scene();
      const { run: _run, ...left } = await leftBehind(at, at.start({ ...training, backend: "local" }));
      alone = left;
      expect(alone.code).toBe(0);
    });
    afterAll(() => wandb?.close());
    beforeEach(async () => {
      gates = { mlflow: await startGate(server().url), wandb: await startGate(wandb.url) };
      environment = {
        MLFLOW_TRACKING_URI: gates.mlflow.url,
        WANDB_BASE_URL: gates.wandb.url,
        WANDB_API_KEY: apiKey,
        WANDB_CONFIG_DIR: "/nowhere",
      };
    });
    afterEach(async () => {
      await gates.mlflow.close();
      await gates.wandb.close();
    });

    const backend = ["mlflow", "wandb:ferry/dual", "tensorboard:tb"] as const;
    const kinds = ["mlflow", "wandb", "tensorboard"] as const;

    /** Reads the run back from each, and finds every point there, once. */
    async function expectWholeEverywhere(at: Scene, run: string): Promise<void> {
      const view = await fold(at.store().run(run).journal, { mask: true });
      for (const place of at.store().deliveries.places(run)) {
        const { backend, source } = await openDestination(parsePlace(place), at.folder, environment);
        const found = [];
        for await (const copy of source.runs({ ids: [run] })) found.push(await fold(copy));
        await backend.close();
        expect(found.length, place).toBe(1);
        const { complete, mismatches } = verify(view, backend.keeps, found[0]!);
        expect([place, complete, mismatches]).toEqual([place, true, []]);
        const points = [...found[0]!.metrics.get("loss")!.series.points()].map(({ step }) => step);
        expect([place, points.length, new Set(points).size]).toEqual([place, steps, steps]);
      }
    }

    async function untilAllArrived(at: Scene, run: string): Promise<void> {
      for (const kind of kinds)
        await until(async () => (await statusOf(at, run, kind))?.state === "up to date", 120_000);
    }

    it.each(cases)(
      "%s is %s %s: the training ends like one that logs to its folder alone",
      async (sick, mood, time) => {
        const at = await scene();
        const gate = gates[sick];
        if (time === "throughout") await gate.set(mood);
        const trainee = at.start({ ...training, backend }, environment);
        if (time === "in the middle") {
          const run = await trainee.said("step 0");
          await until(async () => ((await statusOf(at, run, sick))?.delivered ?? 0) > 0);
          await gate.set(mood);
        }
        const { run, ...left } = await leftBehind(at, trainee);
        expect(left).toEqual(alone);
        for (const kind of kinds) if (kind !== sick) await untilArrived(at, run, kind);
        if (mood !== "away") await until(() => gate.troubles > 0);
        expect((await statusOf(at, run, sick))?.state).toBe("behind");
        await gate.set(undefined);
        await untilAllArrived(at, run);
        await expectWholeEverywhere(at, run);
      },
    );

    it("the folder of TensorBoard cannot be had throughout: the same, by sync once it can", async () => {
      const at = await scene();
      writeFileSync(join(at.folder, "tb"), "where a folder should be");
      const { run, ...left } = await leftBehind(at, at.start({ ...training, backend }, environment));
      expect(left).toEqual(alone);
      for (const kind of ["mlflow", "wandb"]) await untilArrived(at, run, kind);
      expect((await statusOf(at, run, "tensorboard"))?.delivered).toBe(0);
      rmSync(join(at.folder, "tb"));
      const [synced] = await syncRuns({ store: at.store(), runs: [run] });
      expect(synced).toMatchObject({ place: `tensorboard:${join(at.folder, "tb")}`, state: "delivered" });
      await untilAllArrived(at, run);
      await expectWholeEverywhere(at, run);
    });

    it("show a training that was killed as killed, in seconds", async () => {
      const at = await scene();
      const { child, said, ended } = at.start({ backend: "both", steps: 1000, way: "wait", isReal: true }, environment);
      const run = await said("trained");
      await untilArrived(at, run);
      child.kill("SIGKILL");
      await ended;
      const killedAt = Date.now();
      await until(async () => {
        for await (const journal of mlflowSource({ uri: server().url }).runs({ ids: [run] })) {
          return (await fold(journal)).status === "killed";
        }
        return false;
      });
      expect(Date.now() - killedAt).toBeLessThan(30_000); // a heartbeat that stands still tells it after minutes
      expect(readFileSync(join(at.folder, "runferry/delivery.log"), "utf8")).toContain("ended without a word: killed");
    });
  },
);
