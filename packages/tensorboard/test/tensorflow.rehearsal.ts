// `npm run rehearse -- tensorboard-tensorflow`: files by TensorFlow's own writers, read value by value.
import { join } from "node:path";
import { bytesOf, fold, type Journal, type RunView } from "@runferry/core";
import { expect, test } from "vitest";
import { peer } from "../../../tools/peers/peer.ts";
import { runProgram } from "../../../tools/run-program.ts";
import { tensorboardSource } from "../src/index.ts";
import { temporaryFolder } from "./subject.ts";

interface Written {
  /** As TensorFlow reads it back: step, wall time, value. */
  readonly scalars: { readonly [tag: string]: readonly (readonly [number, number, number])[] };
  readonly texts: { readonly [tag: string]: readonly string[] };
  readonly pictures: { readonly [tag: string]: readonly string[] };
  readonly histograms: { readonly [tag: string]: readonly (readonly number[])[] };
}

test("files by TensorFlow are read value by value", async () => {
  const found = peer("tensorflow");
  if ("missing" in found) throw new Error(found.missing);
  const logdir = temporaryFolder();
  const script = join(import.meta.dirname, "written-by-tensorflow.py");
  const ended = await runProgram(found.python, ["-W", "ignore", script, logdir], { quiet: true });
  expect(ended.ok, ended.output).toBe(true);
  const written = JSON.parse(ended.output.trim().split("\n").at(-1)!) as { readonly [run: string]: Written };
  const runs = new Map<string, { readonly view: RunView; readonly journal: Journal }>();
  for await (const journal of tensorboardSource(logdir).runs()) {
    const view = await fold(journal);
    runs.set(view.started!.source!.id, { view, journal });
  }
  expect([...runs.keys()].sort()).toEqual(Object.keys(written).sort());
  let values = 0;
  for (const [run, expected] of Object.entries(written)) {
    const { view, journal } = runs.get(run)!;
    expect(view.differences, run).toEqual([]);
    for (const [tag, points] of Object.entries(expected.scalars)) {
      const read = [...view.metrics.get(tag)!.series.points()].map(({ step, at, value }) => [step, at / 1000, value]);
      expect(read.length, `${run} ${tag}`).toBe(points.length);
      for (const [i, [step, wall, value]] of points.entries()) {
        expect([read[i]![0], read[i]![2]], `${run} ${tag}`).toEqual([step, value]);
        expect(read[i]![1], `${run} ${tag}`).toBeCloseTo(wall, 6);
        values++;
      }
    }
    const media = async (written: string, type: string) => {
      const plain = (name: string) => name.replace(/\/\d+$/, "").replace(/\/image$/, "");
      const tag = plain(written);
      const shown = view.media.filter(({ name, media: one }) => one.type === type && plain(name) === tag);
      return Promise.all(
        shown.map(async ({ media: one }) => {
          if ("file" in one && one.file) return Buffer.from(await bytesOf(journal.open(one.file))).toString("base64");
          if (one.type === "histogram") return one.counts;
          return "text" in one ? one.text : "";
        }),
      );
    };
    for (const [tag, texts] of Object.entries(expected.texts)) {
      expect(await media(tag, "text"), `${run} ${tag}`).toEqual(texts);
      values += texts.length;
    }
    for (const [tag, blobs] of Object.entries(expected.pictures)) {
      expect(await media(tag, tag.startsWith("sound") ? "audio" : "image"), `${run} ${tag}`).toEqual(blobs);
      values += blobs.length;
    }
    for (const [tag, counts] of Object.entries(expected.histograms)) {
      expect(await media(tag, "histogram"), `${run} ${tag}`).toEqual(counts);
      values += counts.length;
    }
  }
  console.log(`${values} values by TensorFlow read, in ${runs.size} runs`);
  expect(values).toBeGreaterThan(100);
});
