import { forward, type MemoryJournal, memoryDeliveries, memoryJournal } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { SummaryWriter, tensorboard } from "../src/index.ts";
import { startTensorBoard, type TensorBoardServer, until } from "./server.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

const dense = (name: string, more: object = {}) => ({ class_name: "Dense", config: { name, units: 2, ...more } });
/** Two layers in a row, as TensorFlow.js tells them. */
const sequential = {
  class_name: "Sequential",
  config: { name: "wide", layers: [dense("first", { batch_input_shape: [null, 3] }), dense("second")] },
  keras_version: "tfjs-layers 4.22.0",
};
/** The same with inputs that are named. */
const functional = {
  class_name: "Model",
  config: {
    name: "branches",
    layers: [
      { class_name: "InputLayer", name: "in", inbound_nodes: [], config: { name: "in", batch_input_shape: [null, 3] } },
      { ...dense("left"), name: "left", inbound_nodes: [[["in", 0, 0, {}]]] },
      { ...dense("right"), name: "right", inbound_nodes: [[["left", 0, 0, {}]]] },
    ],
    input_layers: [["in", 0, 0]],
    output_layers: [["right", 0, 0]],
  },
};

async function runWith(files: { readonly [path: string]: string }): Promise<MemoryJournal> {
  const journal = memoryJournal("01jd7h8x5n0000000000000000");
  const run = journal.writer();
  run.append({ kind: "run.started", format: 1, id: journal.run, name: "r", experiment: "e", createdAt: 1000 }, 1000);
  for (const [path, text] of Object.entries(files)) {
    run.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } }, 2000);
    run.append({ kind: "artifact.logged", file: await journal.putFile(path, Buffer.from(text)) }, 2000);
  }
  run.append({ kind: "run.ended", status: "finished" }, 3000);
  return journal;
}

const models = {
  "models/wide/model.json": JSON.stringify({ modelTopology: sequential, format: "layers-model", weightsManifest: [] }),
  "model.json": JSON.stringify({ modelTopology: { model_config: functional } }),
  "notes/model.json": "{ no model",
  "other/model.json": '{"modelTopology":{"node":[]}}',
  "models/wide/weights.bin": "weights",
};

async function layersOf(server: TensorBoardServer, run: string, tag: string): Promise<readonly string[]> {
  const query = new URLSearchParams({ run, tag, conceptual: "true" });
  const ask = async () => Buffer.from(await server.bytes(`plugin/graphs/graph?${query}`)).toString();
  const text = await until(ask, (answer) => answer.includes("node"));
  return [...text.matchAll(/^ {2}name: "([^"]+)"/gm)].map(([, name]) => name!).sort();
}

describe.each(["python", "rustboard"] as const)("TensorBoard with its %s reader", (loader) => {
  test("shows the layers of models, of a run and of a SummaryWriter", async (context) => {
    const { python } = needPeer(context, "tensorboard");
    const logdir = temporaryFolder();
    await forward({ journal: await runWith(models), backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
    const writer = new SummaryWriter(`${logdir}/mine`);
    writer.addGraph({ toJSON: () => JSON.stringify(sequential) });
    writer.close();
    const server = await startTensorBoard(python, logdir, loader);
    try {
      const info = (await until(
        () => server.get("plugin/graphs/info"),
        (runs) => Object.keys(runs as object).length === 2,
      )) as { [run: string]: { tags: { [tag: string]: { conceptual_graph: boolean } } } };
      expect(Object.keys(info["e/r"]!.tags).sort()).toEqual(["_graphs_/", "_graphs_/models/wide"]);
      expect(info["e/r"]!.tags["_graphs_/models/wide"]?.conceptual_graph).toBe(true);
      const wide = ["wide/first", "wide/second"];
      expect(await layersOf(server, "e/r", "_graphs_/models/wide")).toEqual(wide);
      expect(await layersOf(server, "mine", "keras")).toEqual(wide);
      expect(await layersOf(server, "e/r", "_graphs_/")).toEqual(["branches/in", "branches/left", "branches/right"]);
    } finally {
      await server.stop();
    }
  });
});

test("the bytes are the same in any batching, and a file that is gone costs the picture alone", async () => {
  const journal = await runWith(models);
  const written: (readonly (readonly [string, string])[])[] = [];
  for (const events of [1, 2, 100]) {
    const logdir = temporaryFolder();
    const route = { journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries(), batch: { events } };
    expect((await forward(route)).state).toBe("delivered");
    written.push([...filesIn(logdir)]);
  }
  expect(written[1]).toEqual(written[0]);
  expect(written[2]).toEqual(written[0]);
  const text = written[0]!.map(([, bytes]) => bytes).join();
  expect(text.match(/graph_keras_model/g)).toHaveLength(2);

  const poorer = await runWith(models);
  const gone = { ...poorer, open: () => journal.open({ path: "x", sha256: "0".repeat(64), bytes: 1 }) };
  const logdir = temporaryFolder();
  const { state } = await forward({ journal: gone, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  expect(state).toBe("delivered");
});
