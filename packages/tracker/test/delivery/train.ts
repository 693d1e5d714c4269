// A training, as its first word describes it. Places of the kind mlflow are toy servers.
import { join } from "node:path";
export interface Training {
  readonly backend: string | readonly string[];
  readonly steps: number;
  /** Goes on with this run from this step on. */
  readonly id?: string;
  readonly from?: number;
  /** Lets others have their turn after so many steps. */
  readonly pauseEvery?: number;
  readonly pauseMs?: number;
  readonly waitMs?: number;
  readonly way?: "end" | "forget" | "wait";
  readonly exitCode?: number;
  readonly isReal?: boolean;
  /** Runs the sources as they are. */
  readonly isSource?: boolean;
  readonly params?: object;
  readonly loud?: boolean;
}

const training = JSON.parse(process.argv[2]!) as Training;
const { backend, steps, pauseEvery = 100, pauseMs = 1, way = "end" } = training;
const wiring = training.isReal ? {} : { delivery: { entry: join(import.meta.dirname, "toy-process.ts") } };
const { startRun } = training.isSource ? await import("../../src/index.ts") : await import("@runferry/tracker");
const { id, from = 0, params = {} } = training;
const known = id === undefined ? {} : { id, resume: "must" as const };
const run = startRun({ experiment: "dual", backend, quiet: !training.loud, params, ...known }, wiring);
console.log(`run ${run.id}`);
for (let step = from; step < steps; step++) {
  run.log({ loss: 1 / (step + 1) }, step);
  if (step % 1000 === 0) console.log(`step ${step}`);
  if (step % pauseEvery === 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
console.log("trained");
if (way === "wait") setInterval(() => undefined, 1000);
if (way === "end") {
  const ended = run.end(undefined, { waitMs: training.waitMs ?? 200 });
  console.log(`is ended: ${run.isEnded}`);
  await ended;
  console.log("ended");
}
if (training.exitCode !== undefined) process.exitCode = training.exitCode;
