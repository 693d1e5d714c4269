import { histogram, table } from "@runferry/tracker";
import { describe, expect, it } from "vitest";
import { eventsOf, only, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

class Tensor {
  readonly #values: readonly number[];
  readonly size: number;
  constructor(...values: readonly number[]) {
    this.#values = values;
    this.size = values.length;
  }
  dataSync(): Float32Array {
    if (this.size > 1) throw new Error("a large tensor was brought from its device");
    return Float32Array.from(this.#values);
  }
}

const numbers: readonly (readonly [what: string, value: unknown, number: number])[] = [
  ["a number", 0.25, 0.25],
  ["NaN", Number.NaN, Number.NaN],
  ["-Infinity", Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ["minus zero", -0, -0],
  ["a bigint", 12n, 12],
  ["a boxed number", Object(3), 3],
  ["a Float32Array of one", new Float32Array([0.5]), 0.5],
  ["a BigInt64Array of one", new BigInt64Array([7n]), 7],
  ["a list of one", [4], 4],
  ["a tensor of TensorFlow.js", new Tensor(0.125), 0.125],
  ["a tensor that only has arraySync()", { arraySync: () => [[0.375]] }, 0.375],
  ["a tensor with item()", { item: () => 6 }, 6],
  ["item() that gives a bigint", { item: () => 6n }, 6],
  ["a decimal with toNumber()", { toNumber: () => 1.5 }, 1.5],
  ["something with toFloat()", { toFloat: () => 2.5 }, 2.5],
  [
    "a tensor of onnxruntime",
    new (class {
      readonly data = new Float32Array([9]);
      readonly dims = [1];
    })(),
    9,
  ],
];

const refused: readonly (readonly [what: string, value: unknown, said: string])[] = [
  ["text", "train", "x is text and no number, so it is no metric"],
  ["a number as text", "0.5", "x is text"],
  ["a boolean", true, "x is a boolean"],
  ["null", null, "x is null"],
  ["undefined", undefined, "x is undefined"],
  ["a promise", Promise.resolve(1), "x is a promise and no number, so it is no metric · await it first"],
  ["a date", new Date(0), "x is a date"],
  ["many numbers", new Float64Array(3), "histogram(), or all values with logEpisode()"],
  ["a list", [1, 2], "x is a list of 2"],
  ["an empty list", [], "x is a list of 0"],
  ["a large tensor", new Tensor(1, 2, 3), "x is a tensor of 3"],
  ["a function", () => 1, "x is a function"],
  [
    "an object that throws",
    {
      item: () => {
        throw new Error("disposed");
      },
    },
    "x is an object that cannot be read",
  ],
];

describe("what log takes", () => {
  it.each(numbers)("%s becomes a number", async (_, value, number) => {
    const { tracker, said } = shopIn(temporary());
    const run = tracker.startRun();
    run.log({ x: value, loss: 1 }, 3);
    await run.end();
    const [logged] = only(await eventsOf(tracker.dir, run.id), "metrics.logged");
    expect(logged).toMatchObject({ step: 3, values: { x: number, loss: 1 } });
    expect([said.length, run.troubles]).toEqual([2, []]);
  });

  it.each(refused)("%s is counted, said once and left out", async (_, value, sentence) => {
    const { tracker, said } = shopIn(temporary());
    const run = tracker.startRun();
    for (let step = 0; step < 3; step++) run.log({ x: value, loss: step }, step);
    expect(said.filter((line) => line.includes(sentence))).toHaveLength(1);
    expect(run.troubles).toEqual([{ kind: "not numeric", what: "x", count: 3 }]);
    await run.end();
    const events = await eventsOf(tracker.dir, run.id);
    expect(only(events, "metrics.logged").map(({ values }) => values)).toEqual([{ loss: 0 }, { loss: 1 }, { loss: 2 }]);
    expect(only(events, "alert.raised")).toMatchObject([{ level: "warn", text: "x: not numeric, 3 times" }]);
    expect(said.at(-1)).toBe("default/run_001: x: not numeric ×3");
  });

  it("objects and maps become names with slashes", async () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    run.log({ val: { loss: 1, by: { class: 2 } }, train: new Map([["loss", 3]]), ["__proto__"]: { evil: 4 } });
    await run.end();
    const [logged] = only(await eventsOf(tracker.dir, run.id), "metrics.logged");
    expect(logged?.values).toEqual({ "val/loss": 1, "val/by/class": 2, "train/loss": 3, "__proto__/evil": 4 });
  });

  it("never throws, whatever it is given", async () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("trap");
        },
      },
    );
    const getter = {
      get loss() {
        throw new Error("getter");
      },
    };
    const anything = [null, undefined, 1, "loss", Symbol("s"), circle, trap, getter, [1], new Date(), () => 1];
    for (const values of anything) {
      run.log(values as never, 1);
      run.logMetrics({ loss: 1 }, values as never);
      run.logParams(values as never);
      run.setTags(values as never);
      run.logEpisode(values as never);
      run.alert(values as never);
      run.defineMetric(values as never, values as never);
      run.registerModel(values as never, values as never);
      run.useDataset(values as never, values as never);
      run.logConsole(values as never, values as never);
      run.setStatus(values as never);
      await run.logArtifact(values as never, values as never);
      await run.logArtifacts(values as never);
      await run.logJson(values, "a.json");
      await run.logText(values as never, values as never);
      await run.logModel(values as never, values as never);
      await run.logCheckpoint(values as never, values as never);
    }
    run.log({ loss: 0.5 }, 9);
    await run.end(Symbol("s") as never);
    const last = only(await eventsOf(tracker.dir, run.id), "metrics.logged").at(-1);
    expect(last).toMatchObject({ step: 9, values: { loss: 0.5 } });
  });
});

describe("tensors", () => {
  const tensor = { size: 3, dataSync: () => Float32Array.of(1, 2, 4), arraySync: () => [[1, 2, 4]] };

  it("are lists of numbers wherever those are taken", async () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    run.logParams({ weights: tensor, scale: { arraySync: () => 0.5 } });
    run.log({ weights: histogram(tensor, { bins: 3 }), seen: table(["at"], [[tensor]]) }, new Tensor(7) as never);
    run.logEpisode({ reward: tensor });
    await run.end();
    const events = await eventsOf(tracker.dir, run.id);
    expect(only(events, "params.set")[0]?.values).toEqual({ weights: [[1, 2, 4]], scale: 0.5 });
    expect(only(events, "media.logged").map(({ step, media }) => [step, media])).toEqual([
      [7, { type: "histogram", edges: [1, 2, 3, 4], counts: [1, 1, 1] }],
      [7, { type: "table", columns: ["at"], rows: [[[[1, 2, 4]]]] }],
      [undefined, { type: "table", columns: ["reward"], rows: [[1], [2], [4]] }],
    ]);
    expect(only(events, "metrics.logged")[0]?.values).toMatchObject({ "reward/count": 3, "reward/max": 4 });
    expect(run.troubles).toEqual([]);
  });

  it("that are disposed of are counted as lost, and throw nothing", async () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    const gone = () => {
      throw new Error("Tensor is disposed.");
    };
    run.logParams({ weights: { dataSync: gone, arraySync: gone } });
    run.logEpisode({ reward: { dataSync: gone } });
    run.lost("a callback", new Error("no model"));
    expect(run.troubles.map(({ kind, what }) => [kind, what])).toEqual([
      ["lost", "params"],
      ["lost", "a call of logEpisode"],
      ["lost", "a callback"],
    ]);
    await run.end();
    const lost = only(await eventsOf(tracker.dir, run.id), "events.lost");
    expect(lost.map(({ reason }) => reason).at(-1)).toBe("a callback: no model");
  });
});

describe("steps", () => {
  it.each([
    [7, 7],
    [-1, -1],
    [-0, 0],
    [12n, 12],
    [new Int32Array([5]), 5],
  ])("%s is a step", async (given, step) => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    run.log({ loss: 1 }, given as number);
    await run.end();
    expect(only(await eventsOf(tracker.dir, run.id), "metrics.logged")).toMatchObject([{ step, values: { loss: 1 } }]);
  });

  it.each([2.5, 2 ** 53, Number.NaN])("%s is kept beside the values, and said once", async (step) => {
    const { tracker, said } = shopIn(temporary());
    const run = tracker.startRun();
    run.log({ loss: 1 }, step);
    run.log({ loss: 2 }, { step });
    await run.end();
    const logged = only(await eventsOf(tracker.dir, run.id), "metrics.logged");
    expect(logged.map(({ step: whole, values }) => [whole, values])).toEqual([
      [undefined, { loss: 1, step }],
      [undefined, { loss: 2, step }],
    ]);
    expect(said.filter((line) => line.includes("is no whole number"))).toHaveLength(1);
  });

  it("come with a time and a context", async () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    const at = new Date(Date.now() + 60_000);
    run.log({ loss: 1 }, { step: 3, at, context: { dataset: "test", fold: 2 } });
    await run.end();
    expect(only(await eventsOf(tracker.dir, run.id), "metrics.logged")).toMatchObject([
      { step: 3, at: at.getTime(), context: { dataset: "test", fold: "2" } },
    ]);
  });
});
