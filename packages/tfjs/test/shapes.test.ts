import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEventFile, SummaryWriter } from "@runferry/tensorboard";
import { expect, it } from "vitest";
import { temporary, tfc } from "./training.ts";

it("of TensorFlow.js nothing is imported, not even a type", () => {
  const folder = join(import.meta.dirname, "..", "src");
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => /(?:from|import\() ?"@tensorflow/.test(text))).toEqual([]);
});

it("a SummaryWriter takes its tensors", async () => {
  const logdir = temporary();
  using writer = new SummaryWriter(logdir);
  writer.addScalar("loss", tfc.scalar(0.5), 1);
  writer.addHistogram("weights", tfc.tensor2d([1, 2, 3, 4], [2, 2]), 1);
  writer.addImage("picture", tfc.zeros([4, 4, 3], "int32"), 1, { dataformats: "HWC" });
  writer.addPrCurve("curve", tfc.tensor1d([0, 1]), tfc.tensor1d([0.25, 0.75]), 1);
  const tags: (string | undefined)[] = [];
  for await (const found of readEventFile([readFileSync(join(logdir, readdirSync(logdir)[0]!))])) {
    if ("event" in found) tags.push(...(found.event.summary?.value ?? []).map(({ tag }) => tag));
  }
  expect(tags).toEqual(["loss", "weights", "picture", "curve"]);
});
