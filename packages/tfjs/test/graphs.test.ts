import { globSync, readFileSync } from "node:fs";
import { fold, forward, memoryDeliveries } from "@runferry/core";
import { openStore } from "@runferry/local";
import {
  type EventMessage,
  keeps,
  readEventFile,
  stringsOf,
  tensorboard,
  tensorboardSource,
} from "@runferry/tensorboard";
import { expect, it } from "vitest";
import { logTfModel } from "../src/index.ts";
import { newRun, smallModel, temporary } from "./training.ts";

it("the layers of a logged model arrive in TensorBoard, beside everything else", async () => {
  const shop = newRun();
  shop.run.log({ loss: 0.5 }, 1);
  await logTfModel(shop.run, smallModel());
  shop.run.logText("{ not a model", "notes/model.json");
  await shop.run.flush();
  await shop.run.end();
  const { journal } = openStore(shop.tracker.dir, { create: false }).run(shop.run.id);
  const logdir = temporary();
  const { state } = await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  expect(state).toBe("delivered");

  const graphs: [string | undefined, unknown][] = [];
  for (const path of globSync("**/*tfevents*", { cwd: logdir })) {
    for await (const found of readEventFile([readFileSync(`${logdir}/${path}`)])) {
      const { event } = found as { event: EventMessage };
      for (const { tag, tensor, metadata } of event.summary?.value ?? []) {
        if (metadata?.pluginData?.pluginName !== "graph_keras_model") continue;
        graphs.push([tag, JSON.parse(stringsOf(tensor!)[0]!)]);
      }
    }
  }
  expect(graphs).toHaveLength(1);
  expect(graphs[0]).toMatchObject(["_graphs_/models/line", { class_name: "Sequential", config: { name: "line" } }]);

  // Read back, it is no fact of its own.
  for await (const copy of tensorboardSource(logdir).runs()) {
    const [there, kept] = [await fold(copy), keeps(await fold(journal))];
    expect(there.unknown).toEqual(kept.unknown);
    expect([...there.metrics.keys()]).toEqual([...kept.metrics.keys()]);
  }
});
