import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { SummaryWriter } from "../src/index.ts";
import { startTensorBoard, type TensorBoardServer, until } from "./server.ts";
import { temporaryFolder } from "./subject.ts";

function write(logdir: string): void {
  using writer = new SummaryWriter(`${logdir}/run`);
  for (let step = 0; step < 5; step++) {
    writer.addScalar("loss", 1 / (step + 1), step, { walltime: 1000 + step });
    writer.addScalars("both", { train: step, val: -step }, step, { walltime: 1000 + step });
    writer.addHistogram("weights", [step, step + 1, step + 2], step);
  }
  writer.addScalar("named", 1, 1, { displayName: "Its name", description: "what it *is*" });
  const black = new Uint8Array(12);
  writer.addImage("picture", { shape: [3, 2, 2], dataSync: () => black }, 1);
  writer.addAudio("sound", [0, 0.5, 0], 1);
  writer.addText("notes", "**bold**", 1);
  writer.addPrCurve("curve", [0, 1, 1, 0], [0.1, 0.9, 0.4, 0.6], 1, { numThresholds: 201 });
  for (const lr of [0.1, 0.2]) {
    writer.addHparams({ lr, opt: "adam" }, { acc: lr * 2 }, { name: `trial ${lr}`, domains: { lr: [0.1, 0.2, 0.3] } });
  }
  writer.addCustomScalars({ All: { chart: ["Multiline", ["loss"]] } });
}

type Tags = { readonly [run: string]: { readonly [tag: string]: { readonly displayName: string } } };

async function rowsOf(server: TensorBoardServer): Promise<readonly (readonly unknown[])[]> {
  const statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"];
  const body = { experimentName: "", allowedStatuses: statuses, colParams: [], startIndex: 0, sliceSize: 100 };
  const { sessionGroups = [] } = (await server.post("plugin/hparams/session_groups", body)) as {
    readonly sessionGroups?: readonly {
      readonly hparams: { readonly lr: number };
      readonly metricValues: readonly { readonly name: { readonly tag: string }; readonly value: number }[];
      readonly sessions: readonly { readonly status: string }[];
    }[];
  };
  return sessionGroups
    .map(({ hparams, metricValues: [metric], sessions: [session] }) => [
      hparams.lr,
      metric?.name.tag,
      metric?.value,
      session?.status,
    ])
    .sort();
}

test("EventAccumulator reads every scalar, and nothing that it does not know", async (context) => {
  const { python } = needPeer(context, "tensorboard");
  const logdir = temporaryFolder();
  write(logdir);
  const script = join(import.meta.dirname, "foreign.py");
  const output = execFileSync(python, ["-W", "ignore", script, "read", join(logdir, "run")], { encoding: "utf8" });
  const { scalars, tensors } = JSON.parse(output.trim().split("\n").at(-1)!);
  expect(scalars.loss).toEqual([0, 1, 2, 3, 4].map((step) => [1000 + step, step, Math.fround(1 / (step + 1))]));
  expect(Object.keys(scalars)).toEqual(["loss", "named"]);
  expect(tensors).toEqual(["curve", "custom_scalars__config__", "notes/text_summary", "picture", "sound", "weights"]);
});

describe.each(["python", "rustboard"] as const)("TensorBoard with its %s reader", (loader) => {
  test("shows everything that a SummaryWriter wrote", async (context) => {
    const { python } = needPeer(context, "tensorboard");
    const logdir = temporaryFolder();
    write(logdir);
    const server = await startTensorBoard(python, logdir, loader);
    const list = async (path: string, query: { readonly [name: string]: string }, length = 1) => {
      const words = new URLSearchParams({ run: "run", ...query });
      return until(
        () => server.get(`plugin/${path}?${words}`) as Promise<readonly unknown[]>,
        (answer) => answer.length >= length,
      );
    };
    try {
      // The last that the writer wrote: once it is there, so is everything before it in that file.
      const layout = await until(
        () => server.get("plugin/custom_scalars/layout"),
        (answer) => "category" in (answer as object),
      );
      expect(layout).toMatchObject({
        category: [{ title: "All", chart: [{ title: "chart", multiline: { tag: ["loss"] } }] }],
      });
      const scalars = (await until(
        () => server.get("plugin/scalars/tags"),
        (tags) => Object.keys(tags as Tags).length >= 5,
      )) as Tags;
      expect(Object.keys(scalars).sort()).toEqual([
        "run",
        "run/both_train",
        "run/both_val",
        "run/trial 0.1",
        "run/trial 0.2",
      ]);
      expect(scalars.run?.named).toMatchObject({
        displayName: "Its name",
        description: "<p>what it <em>is</em></p>",
      });
      const points = [0, 1, 2, 3, 4].map((step) => [1000 + step, step, Math.fround(1 / (step + 1))]);
      expect(await list("scalars/scalars", { tag: "loss" })).toEqual(points);
      const val = await list("scalars/scalars", { run: "run/both_val", tag: "both" }, 5);
      expect(val.map((point) => (point as number[])[2])).toEqual([-0, -1, -2, -3, -4]);
      const histograms = (await list("histograms/histograms", { tag: "weights" })) as [number, number, number[][]][];
      expect(histograms).toHaveLength(5);
      expect(histograms[4]?.[2].reduce((sum, [, , count]) => sum + count!, 0)).toBe(3);
      const [picture] = (await list("images/images", { tag: "picture", sample: "0" })) as [{ query: string }];
      const png = await server.bytes(`plugin/images/individualImage?${picture.query}`);
      expect(Buffer.from(png.subarray(1, 4)).toString()).toBe("PNG");
      const [sound] = (await list("audio/audio", { tag: "sound", sample: "0" })) as [{ contentType: string }];
      expect(sound.contentType).toBe("audio/wav");
      const [text] = (await list("text/text", { tag: "notes/text_summary" })) as [{ text: string }];
      expect(text.text).toContain("<strong>bold</strong>");
      const { run: curves } = (await server.get("plugin/pr_curves/pr_curves?run=run&tag=curve")) as {
        readonly run: readonly { readonly thresholds: readonly number[]; readonly true_positives: readonly number[] }[];
      };
      expect(curves[0]?.thresholds).toHaveLength(181); // of 201: it leaves out those above every prediction
      expect(curves[0]?.true_positives[0]).toBe(2);
      const rows = await until(
        () => rowsOf(server),
        (found) => found.length === 2 && found.every(([, , value]) => value !== undefined),
      );
      expect(rows).toEqual([
        [0.1, "acc", Math.fround(0.2), "STATUS_SUCCESS"],
        [0.2, "acc", Math.fround(0.4), "STATUS_SUCCESS"],
      ]);
      const { hparamInfos } = (await server.post("plugin/hparams/experiment", { experimentName: "" })) as {
        readonly hparamInfos: readonly unknown[];
      };
      expect(hparamInfos[0]).toMatchObject({ name: "lr", type: "DATA_TYPE_FLOAT64", domainDiscrete: [0.1, 0.2, 0.3] });
    } finally {
      await server.stop();
    }
  });
});
