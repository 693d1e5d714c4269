import { join } from "node:path";
import type { Recorded } from "@runferry/core";
import { beforeAll, describe, expect, it } from "vitest";
import { eventsOf } from "../workshop.ts";
import { type Mood, moods } from "./gate.ts";
import { type Scene, scene, until, untilArrived, viewAt } from "./scene.ts";

const steps = 10_000;

/** What a training leaves behind, without what two runs always differ in. */
interface Left {
  readonly code: number | null;
  readonly output: string;
  readonly journal: readonly unknown[];
}

async function train(at: Scene, backend: string | readonly string[], during?: () => Promise<void>) {
  const { said, ended } = at.start({ backend, steps });
  if (during) {
    await said("step 2000");
    await during();
  }
  const { code, stdout, stderr } = await ended;
  const run = /^run (\S+)$/m.exec(stdout)![1]!;
  const events = await eventsOf(join(at.folder, "runferry"), run);
  const left: Left = { code, output: (stdout + stderr).replaceAll(run, "<run>"), journal: events.map(unlike) };
  return { run, left };
}

/** An event without its time, and without what names its run. */
function unlike({ at: _at, ...event }: Recorded): unknown {
  if (event.kind !== "run.started") return event;
  const { id: _id, name: _name, createdAt: _createdAt, pid: _pid, command: _command, ...rest } = event;
  return rest;
}

/** Every point is there, once. */
async function expectWhole(at: Scene, run: string): Promise<void> {
  const view = await viewAt(at, run);
  const series = view!.metrics.get("loss")!.series;
  const found = new Set([...series.points()].map(({ step }) => step));
  expect([view?.status, series.length, found.size]).toEqual(["finished", steps, steps]);
}

const times = ["throughout", "in the middle"] as const;
const cases = moods.flatMap((mood) => times.map((time) => [mood, time] as const));

let alone: Left;
beforeAll(async () => {
  alone = (await train(await scene(), "local")).left;
  expect(alone.code).toBe(0);
});

describe("a training of 10 000 steps ends like one that logs to its folder alone", () => {
  it.each(cases)("where the place is %s %s, and all of it is there afterwards", async (mood: Mood, time) => {
    const at = await scene();
    if (time === "throughout") await at.gate.set(mood);
    const { run, left } = await train(
      at,
      [at.place, "tensorboard:tb"],
      time === "throughout" ? undefined : () => at.gate.set(mood),
    );
    expect(left).toEqual(alone);
    await untilArrived(at, run, "tensorboard"); // which the other does not delay
    if (mood !== "away") await until(() => at.gate.troubles > 0);
    await at.gate.set(undefined);
    await untilArrived(at, run);
    await expectWhole(at, run);
  });
});
