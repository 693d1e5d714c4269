import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fold } from "@runferry/core";
import { mlflowSource } from "@runferry/mlflow";
import { tensorboardSource } from "@runferry/tensorboard";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { needPeer, peer } from "../../../../tools/peers/peer.ts";
import { type Gate, type Mood, moods, startGate } from "./gate.ts";
import { scene, statusOf, until, untilArrived } from "./scene.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const steps = 10_000;
// A server that is silent is given up on after two minutes: too long to wait for here.
const all = moods.filter((mood) => mood !== "silent");
const troubles = process.env.RUNFERRY_ROUNDS === undefined ? ([undefined, "away", "acts and drops"] as const) : all;

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("a real MLflow server and TensorBoard at once", () => {
  let server: ChildProcess;
  let url: string;
  let gate: Gate;

  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    const { python } = needPeer({ skip } as Parameters<typeof needPeer>[0], "mlflow");
    const program = join(import.meta.dirname, "../../../mlflow/test/serve.ts");
    server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, python], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout!, "data")) as [Buffer];
    url = (JSON.parse(line.toString()) as { readonly url: string }).url;
  });
  afterAll(async () => {
    server.stdin!.end();
    await once(server, "exit");
  });

  it.each<Mood | undefined>(troubles)(
    "have every point of 10 000 steps once, whatever was wrong in the middle: %s",
    async (mood) => {
      gate = await startGate(url);
      try {
        const at = await scene();
        const backend = [`mlflow:${gate.url}`, "tensorboard:tb"];
        const { said, ended } = at.start({ backend, steps, isReal: true });
        const run = await said("step 2000");
        await gate.set(mood);
        const { code, stderr } = await ended;
        expect([code, stderr]).toEqual([0, ""]);
        if (mood && mood !== "away") await until(() => gate.troubles > 0, 60_000);
        await gate.set(undefined);
        await until(async () => (await statusOf(at, run))?.state === "up to date", 120_000);
        await untilArrived(at, run, "tensorboard");
        for (const source of [mlflowSource({ uri: url }), tensorboardSource(join(at.folder, "tb"))]) {
          for await (const journal of source.runs({ ids: [run] })) {
            const view = await fold(journal);
            const found = [...view.metrics.get("loss")!.series.points()].map((point) => point.step);
            expect([view.status, found.length, new Set(found).size]).toEqual(["finished", steps, steps]);
          }
        }
      } finally {
        await gate.close();
      }
    },
  );

  it("show a training that was killed as killed, in seconds", async () => {
    const at = await scene();
    const { child, said, ended } = at.start(
      {
        backend: "both",
        steps: 1000,
        way: "wait",
        isReal: true,
      },
      { MLFLOW_TRACKING_URI: url },
    );
    const run = await said("trained");
    await untilArrived(at, run);
    child.kill("SIGKILL");
    await ended;
    const killedAt = Date.now();
    await until(async () => {
      for await (const journal of mlflowSource({ uri: url }).runs({ ids: [run] })) {
        return (await fold(journal)).status === "killed";
      }
      return false;
    });
    expect(Date.now() - killedAt).toBeLessThan(10_000);
    expect(readFileSync(join(at.folder, "runferry/delivery.log"), "utf8")).toContain("ended without a word: killed");
  });
});
