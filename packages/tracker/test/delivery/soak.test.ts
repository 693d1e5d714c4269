import { join } from "node:path";
import { fold } from "@runferry/core";
import { tensorboardSource } from "@runferry/tensorboard";
import { createRandom } from "@runferry/testkit";
import { expect, it, vi } from "vitest";
import { eventsOf, only } from "../workshop.ts";
import { moods } from "./gate.ts";
import { deliveryProcesses, kill, type Scene, scene, statusOf, type Trainee, untilArrived, viewAt } from "./scene.ts";

// `npm run rehearse -- soak`: 10 runs for 10 minutes.
const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);
const seconds = Math.min(600, 8 * rounds);
const runs = Math.min(10, 2 * rounds);
const seed = Number(process.env.RUNFERRY_SEED ?? 7);
const forEver = 1e9;

vi.setConfig({ testTimeout: (seconds + 300) * 1000 });

/** A training that is killed now and then, and goes on with its run from where its journal ends. */
interface Life {
  id: string;
  trainee: Trainee;
}

async function begin(at: Scene, id?: string, steps = forEver): Promise<Life> {
  const known = id === undefined ? {} : { id, from: await nextStep(at, id) };
  const backend = [at.place, "tensorboard:tb"];
  const trainee = at.start({ backend, steps, pauseEvery: 1, pauseMs: 5, waitMs: 0, ...known });
  return { id: await trainee.said("run "), trainee };
}

async function nextStep(at: Scene, run: string): Promise<number> {
  const logged = only(await eventsOf(join(at.folder, "runferry"), run), "metrics.logged");
  return (logged.at(-1)?.step ?? -1) + 1;
}

it(`${runs} runs, ${seconds} seconds, seed ${seed}: nothing is lost, nothing is there twice`, async () => {
  const at = await scene();
  const random = createRandom(seed);
  const lives = await Promise.all(Array.from({ length: runs }, () => begin(at)));
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const end = Date.now() + seconds * 1000;
  const acts = [
    ...moods.map((mood) => [mood, () => at.gate.set(mood)] as const),
    ["well", () => at.gate.set(undefined)] as const,
    ["delivery process killed", killDelivery] as const,
    ["training killed", killTraining] as const,
  ];

  async function killDelivery(): Promise<void> {
    const pids = deliveryProcesses(at.folder);
    if (pids.length > 0) kill(pids[random.below(pids.length)]!, "SIGKILL");
  }

  async function killTraining(): Promise<void> {
    const life = lives[random.below(lives.length)]!;
    life.trainee.child.kill("SIGKILL");
    await life.trainee.ended;
    Object.assign(life, await begin(at, life.id));
  }

  for (let turn = 0; Date.now() < end || turn < acts.length; turn++) {
    // Each in turn at first, so that none is left out.
    const [what, act] = acts[turn < acts.length ? turn : random.below(acts.length)]!;
    count(what);
    await act();
    await new Promise((resolve) => setTimeout(resolve, 200 + random.below(1200)));
  }
  await at.gate.set(undefined);
  for (const life of lives) {
    life.trainee.child.kill("SIGKILL");
    await life.trainee.ended;
    const last = await begin(at, life.id, (await nextStep(at, life.id)) + 1);
    expect((await last.trainee.ended).code).toBe(0);
  }
  let points = 0;
  for (const { id } of lives) {
    const steps = await nextStep(at, id);
    points += steps;
    await untilArrived(at, id);
    await untilArrived(at, id, "tensorboard");
    expect((await viewAt(at, id))?.metrics.get("loss")?.series.length).toBe(steps);
    expect((await viewAt(at, id))?.status).toBe("finished");
    expect(await pointsInTensorBoard(at, id)).toEqual(Array.from({ length: steps }, (_, step) => step));
    expect((await statusOf(at, id))?.parked).toEqual([]);
  }
  for (const [what] of acts) expect(counts.get(what), what).toBeGreaterThan(0);
  console.log(`${points} points; ${[...counts].map(([what, times]) => `${what} ×${times}`).join(", ")}`);
});

async function pointsInTensorBoard(at: Scene, run: string): Promise<readonly (number | undefined)[]> {
  for await (const journal of tensorboardSource(join(at.folder, "tb")).runs({ ids: [run] })) {
    const view = await fold(journal);
    const steps = [...view.metrics.get("loss")!.series.points()].map(({ step }) => step);
    return steps.sort((a, b) => a! - b!);
  }
  return [];
}
