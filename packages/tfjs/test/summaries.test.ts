import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EventMessage, numbersOf, readEventFile } from "@runferry/tensorboard";
import { describe, expect, it, vi } from "vitest";
import { summaryFileWriter, tensorBoard } from "../src/index.ts";
import { dataset, smallModel, temporary, tfc, tfl, xs, ys } from "./training.ts";

const silent = { verbose: 0, shuffle: false } as const;

interface Written {
  readonly tag: string | undefined;
  readonly step: number;
  readonly value: unknown;
}

async function writtenIn(folder: string): Promise<readonly Written[]> {
  const all: Written[] = [];
  for (const name of readdirSync(folder).sort()) {
    for await (const found of readEventFile([readFileSync(join(folder, name))])) {
      const { event } = found as { event: EventMessage };
      for (const { tag, simpleValue, tensor } of event.summary?.value ?? []) {
        all.push({ tag, step: event.step ?? 0, value: simpleValue ?? numbersOf(tensor!) });
      }
    }
  }
  return all;
}

const pointsOf = (written: readonly Written[], tag: string) =>
  written.flatMap((one) => (one.tag === tag ? [[one.step, one.value]] : []));

describe("summaryFileWriter", () => {
  it("writes scalars and histograms, each in the file when the call returns", async () => {
    const logdir = join(temporary(), "a", "b");
    const writer = summaryFileWriter(logdir, 10, 120_000);
    expect(summaryFileWriter(logdir)).toBe(writer);
    writer.scalar("loss", 0.5, 1);
    writer.scalar("loss", tfc.scalar(0.25), 2);
    writer.histogram("weights", tfc.tensor2d([0, 1, 2, 4], [2, 2]), 3, 2);
    writer.histogram("same", tfc.tensor1d([3, 3, 3]), 3);
    writer.histogram("none", tfc.tensor1d([]), 3, undefined, "nothing *here*");
    const [file] = readdirSync(logdir);
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\..+\.v2$/);
    expect(await writtenIn(logdir)).toEqual([
      { tag: "loss", step: 1, value: 0.5 },
      { tag: "loss", step: 2, value: 0.25 },
      { tag: "weights", step: 3, value: [0, 2, 2, 2, 4, 2] },
      { tag: "same", step: 3, value: [2.5, 3.5, 3] },
      { tag: "none", step: 3, value: [] },
    ]);
    writer.flush();
    writer.close();
    expect(() => writer.scalar("loss", 1, 3)).toThrow("is closed");
    expect(summaryFileWriter(logdir)).not.toBe(writer);
    expect(readdirSync(logdir)).toHaveLength(2);
  });

  it("refuses what tfjs-node refuses, and writes nothing of it", async () => {
    const logdir = temporary();
    const writer = summaryFileWriter(logdir);
    expect(() => summaryFileWriter("")).toThrow("no logdir");
    expect(() => writer.scalar("x", 1, 0.5)).toThrow("the step of x is 0.5");
    expect(() => writer.scalar("x", 1, 1, "about x")).toThrow("has a description");
    expect(() => writer.scalar("x", tfc.tensor1d([1]), 1)).toThrow("neither a number nor a tensor of rank 0");
    expect(() => writer.histogram("x", tfc.tensor1d([1]), 1, 0)).toThrow("has 0 buckets");
    expect(() => writer.histogram("x", tfc.tensor1d([1]), Number.NaN)).toThrow("the step of x is NaN");
    expect(await writtenIn(logdir)).toEqual([]);
  });
});

describe("tensorBoard", () => {
  it("writes epochs from 1 on to the folders train and val", async () => {
    const logdir = temporary();
    const { history } = await smallModel().fit(xs, ys, {
      ...silent,
      epochs: 3,
      validationData: [xs, ys],
      callbacks: tensorBoard(logdir),
    });
    expect(readdirSync(logdir).sort()).toEqual(["train", "val"]);
    const [train, val] = await Promise.all(["train", "val"].map((part) => writtenIn(join(logdir, part))));
    expect(new Set(train!.map(({ tag }) => tag))).toEqual(new Set(["epoch_loss", "epoch_mae"]));
    expect(new Set(val!.map(({ tag }) => tag))).toEqual(new Set(["epoch_loss", "epoch_mae"]));
    const expected = (name: string) => history[name]!.map((value, epoch) => [epoch + 1, Math.fround(Number(value))]);
    expect(pointsOf(train!, "epoch_loss")).toEqual(expected("loss"));
    expect(pointsOf(val!, "epoch_loss")).toEqual(expected("val_loss"));
    expect(pointsOf(val!, "epoch_mae")).toEqual(expected("val_mae"));
  });

  it("writes batches, counted over all epochs, and histograms by the number of the epoch", async () => {
    const logdir = temporary();
    const model = smallModel();
    const callbacks = tensorBoard(logdir, { updateFreq: "batch", histogramFreq: 2, tf: tfl });
    await model.fitDataset(dataset(), { verbose: 0, epochs: 3, callbacks });
    const written = await writtenIn(join(logdir, "train"));
    expect(pointsOf(written, "batch_loss").map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(pointsOf(written, "epoch_loss").map(([step]) => step)).toEqual([1, 2, 3]);
    const [kernel] = model.weights;
    expect(pointsOf(written, kernel!.name).map(([step]) => step)).toEqual([0, 2]);
    const value = model.getWeights()[0]!.dataSync()[0]!;
    expect(pointsOf(written, kernel!.name).at(-1)).toEqual([2, [value - 0.5, value + 0.5, 1]]);
    expect(new Set(written.map(({ tag }) => tag))).toEqual(
      new Set(["batch_loss", "batch_mae", "epoch_loss", "epoch_mae", ...model.weights.map(({ name }) => name)]),
    );
  });

  it("goes on where nothing can be written, and says so once", async () => {
    const logdir = join(temporary(), "file");
    writeFileSync(logdir, "no folder");
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue(undefined);
    const { epoch } = await smallModel().fit(xs, ys, { ...silent, epochs: 3, callbacks: tensorBoard(logdir) });
    const said = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    expect(epoch).toEqual([0, 1, 2]);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("training goes on without it");
  });

  it("refuses options that cannot work before the training", () => {
    expect(() => tensorBoard("")).toThrow("no logdir");
    expect(() => tensorBoard("x", { updateFreq: "step" as never })).toThrow("updateFreq is step");
    expect(() => tensorBoard("x", { histogramFreq: -1 })).toThrow("histogramFreq is -1");
    expect(() => tensorBoard("x", { histogramFreq: 1 })).toThrow("needs to know the model");
  });
});
