import { describe, expect, it } from "vitest";
import { tfjsCallback } from "../src/index.ts";
import { dataset, eventsOf, newRun, pointsOf, smallModel, stepsOf, tfc, tfl, viewOf, xs, ys } from "./training.ts";

const silent = { verbose: 0, shuffle: false } as const;

describe("a training", () => {
  it("is logged epoch by epoch, with its validation and learning rate", async () => {
    const shop = newRun();
    const model = smallModel();
    const { history } = await model.fit(xs, ys, {
      ...silent,
      epochs: 3,
      validationData: [xs, ys],
      callbacks: tfjsCallback(shop.run, { model }),
    });
    await shop.run.end();
    const view = viewOf(shop);
    expect([...view.metrics.keys()].sort()).toEqual(["loss", "lr", "mae", "val/loss", "val/mae"]);
    for (const [ours, theirs] of [
      ["loss", "loss"],
      ["mae", "mae"],
      ["val/loss", "val_loss"],
      ["val/mae", "val_mae"],
    ] as const) {
      expect(pointsOf(view, ours)).toEqual(history[theirs]!.map((value, epoch) => [epoch, value]));
    }
    expect(pointsOf(view, "lr")).toEqual([0, 1, 2].map((epoch) => [epoch, 0.1]));
    // What belongs to one epoch is one fact.
    expect(eventsOf(shop).filter(({ kind }) => kind === "metrics.logged")).toHaveLength(3);
    expect(shop.run.troubles).toEqual([]);
  });

  it("of a data set is logged too, batch by batch if asked, under a prefix", async () => {
    const shop = newRun();
    const callbacks = tfjsCallback(shop.run, { prefix: "student/", everyBatch: true });
    await smallModel().fitDataset(dataset(), { verbose: 0, epochs: 3, callbacks });
    await shop.run.end();
    const view = viewOf(shop);
    const names = ["student/batch/loss", "student/batch/mae", "student/loss", "student/mae"];
    expect([...view.metrics.keys()].sort()).toEqual(names);
    expect(stepsOf(view, "student/batch/loss")).toEqual([0, 1, 2, 3, 4, 5]);
    expect(stepsOf(view, "student/loss")).toEqual([0, 1, 2]);
  });

  it("logs every n-th batch, counted over all epochs", async () => {
    const shop = newRun();
    const callbacks = tfjsCallback(shop.run, { everyBatch: 3 });
    await smallModel().fit(xs, ys, { ...silent, epochs: 4, batchSize: 2, callbacks });
    await shop.run.end();
    expect(stepsOf(viewOf(shop), "batch/loss")).toEqual([0, 3, 6]);
  });

  it("shows a learning rate that changes on the way", async () => {
    const shop = newRun();
    const model = smallModel(0.1);
    const schedule = (epoch: number) => {
      (model.optimizer as tfc.SGDOptimizer).setLearningRate(0.1 / (epoch + 1));
    };
    const callbacks = [
      new tfl.CustomCallback({ onEpochBegin: async (epoch) => schedule(epoch) }),
      tfjsCallback(shop.run, { tf: tfl }),
    ];
    await model.fit(xs, ys, { ...silent, epochs: 3, callbacks });
    await shop.run.end();
    expect(pointsOf(viewOf(shop), "lr").map(([, value]) => value)).toEqual([0.1, 0.05, 0.1 / 3]);
  });

  it("logs its weights as histograms", async () => {
    const shop = newRun();
    const model = smallModel();
    await model.fit(xs, ys, { ...silent, epochs: 5, callbacks: tfjsCallback(shop.run, { tf: tfl, histograms: 2 }) });
    await shop.run.end();
    const media = eventsOf(shop).flatMap((event) => (event.kind === "media.logged" ? [event] : []));
    expect(media.map(({ name, step }) => [name, step])).toEqual(
      [0, 2, 4].flatMap((step) => [
        ["weights/only/kernel", step],
        ["weights/only/bias", step],
      ]),
    );
    const last = media.at(-2)?.media;
    const counts = last?.type === "histogram" ? last.counts : [];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    const kernel = model.getWeights()[0]!.dataSync()[0]!;
    expect(last?.type === "histogram" && last.edges[0]! <= kernel && kernel <= last.edges.at(-1)!).toBe(true);
    expect(shop.run.troubles).toEqual([]);
  });
});

describe("several trainings of a run", () => {
  it("go on counting, or begin where initialEpoch says", async () => {
    const shop = newRun();
    const model = smallModel();
    const train = (more: object) =>
      model.fit(xs, ys, { ...silent, batchSize: 2, callbacks: tfjsCallback(shop.run, { everyBatch: 1 }), ...more });
    await train({ epochs: 2 });
    await train({ epochs: 2 });
    await train({ initialEpoch: 4, epochs: 5 });
    await train({ initialEpoch: 9, epochs: 11 });
    await shop.run.end();
    const view = viewOf(shop);
    expect(stepsOf(view, "loss")).toEqual([0, 1, 2, 3, 4, 9, 10]);
    expect(stepsOf(view, "batch/loss")).toEqual(Array.from({ length: 14 }, (_, step) => step));
  });

  it("with one callback, and of two models side by side", async () => {
    const shop = newRun();
    const [student, teacher] = ["student/", "teacher/"].map((prefix) => tfjsCallback(shop.run, { prefix }));
    for (let round = 0; round < 2; round++) {
      await smallModel().fit(xs, ys, { ...silent, epochs: 2, callbacks: student! });
      await smallModel().fit(xs, ys, { ...silent, epochs: 1, callbacks: teacher! });
    }
    await shop.run.end();
    expect(stepsOf(viewOf(shop), "student/loss")).toEqual([0, 1, 2, 3]);
    expect(stepsOf(viewOf(shop), "teacher/loss")).toEqual([0, 1]);
  });

  it("stops early as TensorFlow.js decides, in a list in any order", async () => {
    for (const order of ["before", "after"]) {
      const shop = newRun();
      const ours = tfjsCallback(shop.run, { tf: tfl });
      const stopping = tfl.callbacks.earlyStopping({ monitor: "loss", patience: 1, minDelta: 1000 });
      const callbacks = order === "before" ? [ours, stopping] : [stopping, ours];
      const { epoch } = await smallModel().fit(xs, ys, { ...silent, epochs: 50, callbacks });
      await shop.run.end();
      expect(epoch.length).toBeLessThan(50);
      expect(stepsOf(viewOf(shop), "loss")).toEqual(epoch);
    }
  });

  it("stands as a plain object behind callbacks of TensorFlow.js, and is told the model there", async () => {
    const shop = newRun();
    const plain = tfjsCallback(shop.run, { everyBatch: true, histograms: true });
    const callbacks = [tfl.callbacks.earlyStopping({ monitor: "loss" }), plain as unknown as tfl.CustomCallback];
    await smallModel(0.01).fit(xs, ys, { ...silent, epochs: 2, callbacks });
    await shop.run.end();
    const view = viewOf(shop);
    expect([...view.metrics.keys()].sort()).toEqual(["batch/loss", "batch/mae", "loss", "lr", "mae"]);
    expect(stepsOf(view, "loss")).toEqual([0, 1]);
    expect(view.media).toHaveLength(4);
    expect(shop.run.troubles).toEqual([]);
  });

  it("that throws keeps what was logged, and the next one goes on", async () => {
    const shop = newRun();
    const model = smallModel();
    const broken = new tfl.CustomCallback({
      onBatchEnd: async (batch) => {
        if (batch === 1 && stepsOf(viewOf(shop), "loss").length === 2) throw new Error("out of memory");
      },
    });
    const ours = tfjsCallback(shop.run, { tf: tfl });
    const training = model.fit(xs, ys, { ...silent, epochs: 5, batchSize: 2, callbacks: [ours, broken] });
    await expect(training).rejects.toThrow("out of memory");
    expect(stepsOf(viewOf(shop), "loss")).toEqual([0, 1]);
    const again = smallModel();
    await again.fit(xs, ys, { ...silent, epochs: 2, callbacks: ours });
    await shop.run.end();
    expect(stepsOf(viewOf(shop), "loss")).toEqual([0, 1, 2, 3]);
  });
});

describe("trouble", () => {
  const wrong = new Error("lost device");
  const bad = { name: "bad", read: () => fail() };
  function fail(): never {
    throw wrong;
  }

  it("with a weight costs no other weight, no metric and no training", async () => {
    const shop = newRun();
    const model = smallModel();
    const weights = [bad, ...model.weights];
    const callbacks = tfjsCallback(shop.run, { model: { weights, optimizer: model.optimizer }, histograms: true });
    const { epoch } = await model.fit(xs, ys, { ...silent, epochs: 2, callbacks });
    expect(epoch).toEqual([0, 1]);
    await shop.run.end();
    const view = viewOf(shop);
    expect(stepsOf(view, "loss")).toEqual([0, 1]);
    expect(view.media.map(({ name }) => name)).toEqual(
      [0, 1].flatMap(() => ["weights/only/kernel", "weights/only/bias"]),
    );
    expect(shop.run.troubles).toEqual([{ kind: "lost", what: "the histogram weights/bad", count: 2 }]);
    expect(shop.said.filter((line) => line.includes("lost device"))).toHaveLength(1);
  });

  it("of any kind inside is counted, and the training goes on", async () => {
    const shop = newRun();
    const model = smallModel();
    const trap = {
      get weights(): never {
        return fail();
      },
      get optimizer(): never {
        return fail();
      },
    };
    const callbacks = tfjsCallback(shop.run, { model: trap, histograms: true });
    const { epoch } = await model.fit(xs, ys, { ...silent, epochs: 2, callbacks });
    expect(epoch).toEqual([0, 1]);
    expect(shop.run.troubles).toEqual([
      { kind: "lost", what: "the learning rate", count: 2 },
      { kind: "lost", what: "a call of tfjsCallback", count: 2 },
    ]);
    await shop.run.end();
    expect(stepsOf(viewOf(shop), "loss")).toEqual([0, 1]);
  });

  it("without a model the histograms are told to be missing, once", async () => {
    const shop = newRun();
    const callbacks = tfjsCallback(shop.run, { histograms: true });
    await smallModel().fit(xs, ys, { ...silent, epochs: 3, callbacks });
    expect(shop.run.troubles).toEqual([{ kind: "lost", what: "histograms of weights", count: 1 }]);
    expect(shop.said.at(-1)).toContain("give tfjsCallback `tf` or `model`");
    await shop.run.end();
  });

  it("after the end of the run nothing is thrown", async () => {
    const shop = newRun();
    await shop.run.end();
    const { epoch } = await smallModel().fit(xs, ys, { ...silent, epochs: 2, callbacks: tfjsCallback(shop.run) });
    expect(epoch).toEqual([0, 1]);
    expect(shop.run.troubles).toEqual([{ kind: "lost", what: "after the end", count: 2 }]);
  });

  it("in the options throws before the training", async () => {
    const { run } = newRun();
    expect(() => tfjsCallback(undefined as never)).toThrow("tfjsCallback was given no run");
    expect(() => tfjsCallback(run, { tf: tfc as never })).toThrow("has no CustomCallback");
    expect(() => tfjsCallback(run, { everyBatch: -1 })).toThrow("everyBatch is -1");
    expect(() => tfjsCallback(run, { histograms: 0.5 })).toThrow("histograms is 0.5");
    await run.end();
  });

  it("leaves no tensors behind", async () => {
    const shop = newRun();
    const model = smallModel();
    const train = (callbacks: object) => model.fit(xs, ys, { ...silent, epochs: 2, batchSize: 2, callbacks } as never);
    await train({});
    const before = tfc.memory().numTensors;
    await train(tfjsCallback(shop.run, { model, histograms: true, everyBatch: true }));
    await train([tfjsCallback(shop.run, { tf: tfl, histograms: true, everyBatch: true })]);
    expect(tfc.memory().numTensors).toBe(before);
    await shop.run.end();
  });
});
