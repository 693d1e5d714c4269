import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFold, type Recorded, type RunView } from "@runferry/core";
import { openStore } from "@runferry/local";
import { type Run, Tracker } from "@runferry/tracker";
import "@tensorflow/tfjs-backend-cpu";
import * as tfc from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { afterAll } from "vitest";

// The real library, on its CPU backend, which needs no native code.

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "runferry-tfjs-test-"));
  folders.push(folder);
  return folder;
}

export interface Shop {
  readonly tracker: Tracker;
  readonly run: Run;
  readonly said: string[];
}

export function newRun(): Shop {
  const said: string[] = [];
  const wiring = { environment: {}, cwd: temporary(), say: (line: string) => said.push(line) };
  const tracker = new Tracker({}, wiring);
  return { tracker, run: tracker.startRun(), said };
}

export function eventsOf({ tracker, run }: Shop): readonly Recorded[] {
  const stored = openStore(tracker.dir, { create: false }).run(run.id);
  return [...stored.events("main")];
}

export function viewOf(shop: Shop): RunView {
  const fold = createFold(shop.run.id);
  for (const event of eventsOf(shop)) fold.add("main", event);
  return fold.view();
}

/** Steps and values of a metric. */
export function pointsOf(view: RunView, name: string): readonly (readonly [number | undefined, number])[] {
  const points = view.metrics.get(name)?.series.points() ?? [];
  return [...points].map(({ step, value }) => [step, value]);
}

export function stepsOf(view: RunView, name: string): readonly (number | undefined)[] {
  return pointsOf(view, name).map(([step]) => step);
}

/** Learns y = 2x: one weight and a bias. */
export function smallModel(learningRate = 0.1): tfl.Sequential {
  const model = tfl.sequential({ name: "line" });
  model.add(tfl.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros", name: "only" }));
  model.compile({ loss: "meanSquaredError", optimizer: tfc.train.sgd(learningRate), metrics: ["mae"] });
  return model;
}

export const xs: tfc.Tensor2D = tfc.tensor2d([0, 1, 2, 3], [4, 1]);
export const ys: tfc.Tensor2D = tfc.tensor2d([0, 2, 4, 6], [4, 1]);

/** Batches of two, and as in every data set of TensorFlow.js new tensors each time, since they are disposed of. */
export function dataset(): Parameters<tfl.LayersModel["fitDataset"]>[0] {
  const batches = [0, 2].map((from) => () => ({
    xs: tfc.tensor2d([from, from + 1], [2, 1]),
    ys: tfc.tensor2d([2 * from, 2 * from + 2], [2, 1]),
  }));
  const iterator = async () => {
    const rest = [...batches];
    return {
      next: async () => {
        const batch = rest.shift();
        return batch ? { value: batch(), done: false } : { value: null, done: true };
      },
    };
  };
  return { iterator, size: 2 } as unknown as Parameters<tfl.LayersModel["fitDataset"]>[0];
}

export { tfc, tfl };
