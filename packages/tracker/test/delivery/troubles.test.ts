import { beforeAll, describe, expect, it } from "vitest";
import { moods } from "./gate.ts";
import { type LeftBehind, leftBehind } from "./left-behind.ts";
import { type Scene, scene, until, untilArrived, viewAt } from "./scene.ts";

const steps = 10_000;

/** Every point is there, once. */
async function expectWhole(at: Scene, run: string): Promise<void> {
  const view = await viewAt(at, run);
  const series = view!.metrics.get("loss")!.series;
  const found = new Set([...series.points()].map(({ step }) => step));
  expect([view?.status, series.length, found.size]).toEqual(["finished", steps, steps]);
}

const times = ["throughout", "in the middle"] as const;
const cases = moods.flatMap((mood) => times.map((time) => [mood, time] as const));

let alone: LeftBehind;
beforeAll(async () => {
  const at = await scene();
  const { run: _run, ...left } = await leftBehind(at, at.start({ backend: "local", steps }));
  alone = left;
  expect(alone.code).toBe(0);
});

describe("a training of 10 000 steps ends like one that logs to its folder alone", () => {
  it.each(cases)("where the place is %s %s, and all of it is there afterwards", async (mood, time) => {
    const at = await scene();
    if (time === "throughout") await at.gate.set(mood);
    const trainee = at.start({ backend: [at.place, "tensorboard:tb"], steps });
    if (time === "in the middle") {
      await trainee.said("step 2000");
      await at.gate.set(mood);
    }
    const { run, ...left } = await leftBehind(at, trainee);
    expect(left).toEqual(alone);
    await untilArrived(at, run, "tensorboard"); // which the other does not delay
    if (mood !== "away") await until(() => at.gate.troubles > 0);
    await at.gate.set(undefined);
    await untilArrived(at, run);
    await expectWhole(at, run);
  });
});
