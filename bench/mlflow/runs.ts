// The runs of bench/mlflow.ts: in a store, and as data for a Python loop.
import { openStore } from "@runferry/local";

export interface Size {
  readonly name: string;
  readonly runs: number;
  readonly metrics: number;
  readonly steps: number;
}

interface LoopRun {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly params: { readonly [name: string]: string | number };
  readonly tags: { readonly [name: string]: string };
  readonly points: readonly (readonly [at: number, step: number, values: { readonly [name: string]: number }])[];
}

export const experiment = "bench";
const startedAt = 1_732_181_400_000;

/** Writes the runs into a new store, and gives them as data. */
export function makeRuns(folder: string, { runs, metrics, steps }: Size): readonly LoopRun[] {
  const clock = { time: startedAt };
  const store = openStore(folder, {
    durability: "buffered",
    clock: { now: () => clock.time, sleep: () => Promise.reject(new Error("nothing sleeps here")) },
  });
  return Array.from({ length: runs }, (_run, index) => {
    clock.time = startedAt + index * 1_000_000;
    const name = `run ${index}`;
    const start = clock.time;
    const params = { lr: 0.001 * (index + 1), layers: 3, optimizer: "adam", seed: index, batch: 64 };
    const tags = { team: "vision", stage: "bench" };
    const { writer } = store.createRun({ experiment, name, createdAt: start });
    writer.append({ kind: "params.set", values: params });
    writer.append({ kind: "tags.set", values: tags });
    const points = Array.from({ length: steps }, (_step, step) => {
      clock.time = start + step;
      const values: { [name: string]: number } = {};
      for (let i = 0; i < metrics; i++) values[`train/m${i}`] = 1 / (step + 1) + i;
      writer.append({ kind: "metrics.logged", step, values });
      return [clock.time, step, values] as const;
    });
    writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
    writer.closeNow();
    return { name, start, end: clock.time, params, tags, points };
  });
}
