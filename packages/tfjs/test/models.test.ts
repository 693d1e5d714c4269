import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRun, Tracker } from "@runferry/tracker";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { describe, expect, it } from "vitest";
import { loadTfModel, logTfModel, tfjsCallback, tfModelFiles } from "../src/index.ts";
import { eventsOf, newRun, smallModel, temporary, tfc, tfl, viewOf, xs, ys } from "./training.ts";

function predictionsOf(model: tfl.LayersModel): readonly number[] {
  return [...(model.predict(xs) as tfc.Tensor).dataSync()];
}

describe("logTfModel", () => {
  it("logs model.json and weights as a model, which is loaded again", async () => {
    const shop = newRun();
    const model = smallModel();
    await model.fit(xs, ys, { verbose: 0, epochs: 3 });
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("runferry-tfjs-"));
    const handle = await logTfModel(shop.run, model, { step: 3, metrics: { loss: tfc.scalar(0.5) } });
    expect(handle).toMatchObject({ status: "logged", name: "line", path: "models/line" });
    await shop.run.end();
    const logged = eventsOf(shop).flatMap((event) => (event.kind === "model.logged" ? [event] : []));
    expect(logged).toMatchObject([
      { name: "line", path: "models/line", flavor: "tfjs", step: 3, metrics: { loss: 0.5 } },
    ]);
    expect([...viewOf(shop).artifacts.keys()]).toEqual(["models/line/model.json", "models/line/weights.bin"]);
    expect(shop.run.troubles).toEqual([]);

    const readBack = getRun(shop.run.id, { dir: shop.tracker.dir });
    const folder = join(handle.files[0]!.path!, "..");
    for (const from of [handle, readBack, folder, handle.files[0]!.path!]) {
      const loaded = await loadTfModel(tfl, from);
      expect(predictionsOf(loaded)).toEqual(predictionsOf(model));
    }
    const after = readdirSync(tmpdir()).filter((name) => name.startsWith("runferry-tfjs-"));
    expect(after.filter((name) => !before.includes(name) && !name.includes("test"))).toEqual([]);
  });

  it("logs checkpoints, with the state of the optimizer if asked", async () => {
    const shop = newRun();
    const model = smallModel();
    for (const step of [1, 2]) {
      await model.fit(xs, ys, { verbose: 0, epochs: 1 });
      await logTfModel(shop.run, model, { checkpoint: true, step, includeOptimizer: true });
    }
    await shop.run.end();
    expect(viewOf(shop).models.map(({ path }) => path)).toEqual(["checkpoints/step_1", "checkpoints/step_2"]);
    const readBack = getRun(shop.run.id, { dir: shop.tracker.dir });
    expect(predictionsOf(await loadTfModel(tfl, readBack))).toEqual(predictionsOf(model));
    const loaded = await loadTfModel(tfl, readBack, "step_1");
    expect(loaded.optimizer.getClassName()).toBe("SGD");
  });

  it("counts a model that cannot be saved, and rejects nothing", async () => {
    const shop = newRun();
    const broken = { name: "broken", save: async () => Promise.reject(new Error("disposed")) };
    const binary = {
      name: "binary",
      save: async (files: ReturnType<typeof tfModelFiles>) => files.save({ modelTopology: new ArrayBuffer(1) }),
    };
    for (const model of [broken, binary, undefined as never]) {
      expect((await logTfModel(shop.run, model)).status).toBe("lost");
    }
    expect(shop.run.troubles.map(({ what }) => what)).toEqual(["model broken", "model binary", "model model"]);
    await shop.run.end();
    expect(viewOf(shop).models).toEqual([]);
  });
});

/** y = 3x, as the converter writes it. */
const graph = {
  format: "graph-model",
  modelTopology: {
    node: [
      {
        name: "x",
        op: "Placeholder",
        attr: { dtype: { type: "DT_FLOAT" }, shape: { shape: { dim: [{ size: "-1" }] } } },
      },
      {
        name: "three",
        op: "Const",
        attr: { dtype: { type: "DT_FLOAT" }, value: { tensor: { dtype: "DT_FLOAT", tensorShape: {} } } },
      },
      { name: "y", op: "Mul", input: ["x", "three"], attr: { T: { type: "DT_FLOAT" } } },
    ],
    library: {},
    versions: {},
  },
  weightsManifest: [{ paths: ["group1.bin"], weights: [{ name: "three", shape: [], dtype: "float32" }] }],
};

it("a GraphModel is logged and loaded too", async () => {
  const folder = temporary();
  writeFileSync(join(folder, "model.json"), JSON.stringify(graph));
  writeFileSync(join(folder, "group1.bin"), new Uint8Array(Float32Array.of(3).buffer));
  const model = await loadGraphModel(tfModelFiles(folder));
  const shop = newRun();
  const handle = await logTfModel(shop.run, model, { name: "triple" });
  await shop.run.end();
  expect([handle.status, shop.run.troubles]).toEqual(["logged", []]);
  const again = await loadGraphModel(tfModelFiles(handle.files[0]!.path!));
  expect([...(again.predict(tfc.tensor1d([1, 2])) as tfc.Tensor).dataSync()]).toEqual([3, 6]);
});

it("in a run that is switched off a model is skipped, and a training goes its way", async () => {
  const tracker = new Tracker({ mode: "disabled" }, { environment: {}, cwd: temporary() });
  const run = tracker.startRun();
  const model = smallModel();
  const callbacks = tfjsCallback(run, { model, histograms: true, everyBatch: true });
  const { epoch } = await model.fit(xs, ys, { verbose: 0, epochs: 2, callbacks });
  expect(epoch).toEqual([0, 1]);
  expect((await logTfModel(run, model)).status).toBe("skipped");
  expect(run.troubles).toEqual([]);
});

describe("loadTfModel", () => {
  it("says what is wrong with a file that is no model", async () => {
    const folder = temporary();
    await expect(loadTfModel(tfl, join(folder, "none"))).rejects.toThrow("cannot be read");
    const files: readonly (readonly [text: string, said: string])[] = [
      ["no json", "it is no model of TensorFlow.js"],
      ["{}", "there is no modelTopology in it"],
      ["null", "it is no model of TensorFlow.js"],
      ['{"modelTopology":{},"weightsManifest":[{"paths":["../../etc/passwd"],"weights":[]}]}', "outside of its folder"],
      ['{"modelTopology":{},"weightsManifest":[{"paths":["/etc/passwd"],"weights":[]}]}', "outside of its folder"],
      ['{"modelTopology":{},"weightsManifest":[{"paths":[7],"weights":[]}]}', "outside of its folder"],
      ['{"modelTopology":{},"weightsManifest":[7]}', "its weightsManifest is no list of groups"],
      ['{"modelTopology":{},"weightsManifest":7}', "its weightsManifest is no list of groups"],
      ['{"modelTopology":{},"weightsManifest":[{"paths":["gone.bin"],"weights":[]}]}', "weights of the model"],
    ];
    for (const [text, said] of files) {
      writeFileSync(join(folder, "model.json"), text);
      await expect(loadTfModel(tfl, folder)).rejects.toThrow(said);
    }
  });

  it("names the models that there are", async () => {
    const shop = newRun();
    await logTfModel(shop.run, smallModel());
    await shop.run.end();
    const readBack = getRun(shop.run.id, { dir: shop.tracker.dir });
    await expect(loadTfModel(tfl, readBack, "wide")).rejects.toThrow("has no model wide; it has: line");
    const lost = { status: "lost", name: "line", path: "models/line", files: [] } as const;
    await expect(loadTfModel(tfl, lost)).rejects.toThrow("the model line was not logged (it is lost)");
  });
});

describe("tfModelFiles", () => {
  it("reads weights in several files, as the converter writes them", async () => {
    const folder = temporary();
    const model = smallModel();
    await model.fit(xs, ys, { verbose: 0, epochs: 2 });
    await model.save(tfModelFiles(folder));
    const weights = readFileSync(join(folder, "weights.bin"));
    const json = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
    mkdirSync(join(folder, "parts"));
    writeFileSync(join(folder, "parts", "1.bin"), weights.subarray(0, 3));
    writeFileSync(join(folder, "2.bin"), weights.subarray(3));
    json.weightsManifest = [{ paths: ["parts/1.bin", "2.bin"], weights: json.weightsManifest[0].weights }];
    writeFileSync(join(folder, "model.json"), JSON.stringify(json));
    expect(predictionsOf(await tfl.loadLayersModel(tfModelFiles(folder)))).toEqual(predictionsOf(model));
  });
});
