import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@runferry/core";
import { type EventMessage, numbersOf, readEventFile } from "@runferry/tensorboard";
import { expect, it, type TestContext } from "vitest";
import { summaryFileWriter, tensorBoard } from "../src/index.ts";
import { temporary, type tfc, type tfl } from "./training.ts";

// Beside tfjs-node itself, where it can be had: its library is fetched from a bucket when it is installed.

interface TfNode
  extends Pick<typeof tfc, "scalar" | "tensor1d" | "tensor2d">,
    Pick<typeof tfl, "layers" | "sequential"> {
  readonly CustomCallback: typeof tfl.CustomCallback;
  readonly node: { readonly summaryFileWriter: typeof summaryFileWriter; readonly tensorBoard: typeof tensorBoard };
}

async function needNative(context: TestContext): Promise<TfNode> {
  const name = "@tensorflow/tfjs-node"; // no literal: it is no dependency
  try {
    const loaded = (await import(name)) as TfNode & { readonly default?: TfNode };
    return loaded.default ?? loaded;
  } catch (cause) {
    return context.skip(`${name} does not load here: ${messageOf(cause).split("\n")[0]}`);
  }
}

/** What of each folder a reader shows: tag, step, plugin and value. */
async function shown(folder: string): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!path.includes("tfevents")) continue;
    for await (const found of readEventFile([readFileSync(join(folder, path))])) {
      const { event } = found as { event: EventMessage };
      for (const { tag, simpleValue, tensor, metadata } of event.summary?.value ?? []) {
        const value = simpleValue ?? numbersOf(tensor!)!.map(Math.fround);
        all.push([join(path, ".."), tag, event.step ?? 0, metadata?.pluginData?.pluginName, value]);
      }
    }
  }
  return all;
}

it("summaryFileWriter writes what tfjs-node's writes", async (context) => {
  const tf = await needNative(context);
  const written = [tf.node.summaryFileWriter, summaryFileWriter].map((make) => {
    const logdir = temporary();
    const writer = make(logdir);
    for (let step = 0; step < 5; step++) writer.scalar("loss", 1 / (step + 1), step);
    writer.scalar("loss", tf.scalar(0.1), 5);
    writer.histogram("weights", tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7, 8]), 1, 8);
    writer.histogram("same", tf.tensor1d([2, 2]), 1);
    writer.flush();
    return logdir;
  });
  const [theirs, ours] = await Promise.all(written.map(shown));
  expect(ours).toEqual(theirs);
});

it("tensorBoard writes what tfjs-node's writes", async (context) => {
  const tf = await needNative(context);
  const options = { updateFreq: "batch", histogramFreq: 1 } as const;
  const [theirs, ours] = [temporary(), temporary()];
  const model = tf.sequential({});
  model.add(tf.layers.dense({ units: 1, inputShape: [1] }));
  model.compile({ loss: "meanSquaredError", optimizer: "sgd" });
  const [xs, ys] = [tf.tensor2d([0, 1], [2, 1]), tf.tensor2d([0, 2], [2, 1])];
  const callbacks = [tf.node.tensorBoard(theirs, options), tensorBoard(ours, { ...options, tf })];
  await model.fit(xs, ys, { epochs: 3, validationData: [xs, ys], verbose: 0, callbacks: callbacks as never });
  expect(await shown(ours)).toEqual(await shown(theirs));
});
