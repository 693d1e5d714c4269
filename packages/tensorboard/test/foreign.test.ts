import { join } from "node:path";
import { bytesOf, fold, forward, type Journal, memoryDeliveries, type RunView } from "@runferry/core";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { runProgram } from "../../../tools/run-program.ts";
import { tensorboard, tensorboardSource } from "../src/index.ts";
import { plainRun } from "./hostile-run.ts";
import { temporaryFolder } from "./subject.ts";

const script = join(import.meta.dirname, "foreign.py");

async function python(program: string, ...words: readonly string[]): Promise<string> {
  const ended = await runProgram(program, ["-W", "ignore", script, ...words], { quiet: true });
  if (!ended.ok) throw new Error(ended.output);
  return ended.output;
}

interface Read {
  readonly journal: Journal;
  readonly view: RunView;
}

async function readRuns(logdir: string): Promise<Map<string, Read>> {
  const runs = new Map<string, Read>();
  for await (const journal of tensorboardSource(logdir).runs()) {
    const view = await fold(journal);
    runs.set(view.started?.source?.id ?? "", { journal, view });
  }
  return runs;
}

function pointsOf(view: RunView, name: string): readonly (readonly [number | undefined, number, number])[] {
  return [...view.metrics.get(name)!.series.points()].map(({ step, at, value }) => [step, at, value]);
}

async function mediaOf({ journal, view }: Read): Promise<readonly unknown[]> {
  const all = view.media.map(async ({ name, step, media }) => {
    const file = "file" in media ? media.file : undefined;
    const bytes = file ? Buffer.from(await bytesOf(journal.open(file))).toString() : undefined;
    return [
      name,
      step,
      media.type,
      bytes ?? ("text" in media ? media.text : "edges" in media ? [media.edges, media.counts] : ""),
    ];
  });
  return Promise.all(all);
}

test("files by TensorBoard's own writer are read value by value", async (context) => {
  const peer = needPeer(context, "tensorboard");
  const logdir = temporaryFolder();
  await python(peer.python, "tensorboard", logdir);
  const runs = await readRuns(logdir);
  expect([...runs.keys()]).toEqual(["exp/purged", "exp/torch", "tf2/train"]);

  const torch = runs.get("exp/torch")!;
  expect(torch.view).toMatchObject({ status: "finished", started: { name: "torch", experiment: "exp" } });
  expect(Object.fromEntries(torch.view.params)).toEqual({ lr: 0.1, opt: "adam", amp: true });
  const loss = [0, 1, 2, 3, 4].map((step) => [step, 10_000 + step * 1000, Math.fround(step / 3)]);
  expect(pointsOf(torch.view, "Loss/train")).toEqual(loss);
  expect(await mediaOf(torch)).toEqual([
    [
      "weights",
      1,
      "histogram",
      [
        [-1, 0, 1, 2],
        [1, 1, 1],
      ],
    ],
    ["img", 1, "image", "png!"],
    ["snd", 1, "audio", "wav!"],
    ["note/text_summary", 1, "text", "hello *you*"],
  ]);

  const purged = runs.get("exp/purged")!.view;
  expect(pointsOf(purged, "loss").map(([step, , value]) => [step, value])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 103],
    [4, 104],
    [5, 105],
  ]);
  expect(purged.metrics.get("loss")?.superseded.length).toBe(2);

  const tf2 = runs.get("tf2/train")!;
  expect(pointsOf(tf2.view, "epoch_loss").map(([step, , value]) => [step, value])).toEqual([
    [0, 0],
    [1, 2],
    [2, 4],
    [3, 6],
    [4, 8],
  ]);
  expect(await mediaOf(tf2)).toEqual([
    ["images/0", 1, "image", "one"],
    ["images/1", 1, "image", "two"],
    ["sound", 1, "audio", "wav"],
    [
      "hist",
      1,
      "histogram",
      [
        [0, 1, 2],
        [2, 3],
      ],
    ],
    ["note", 1, "text", "words"],
  ]);
  expect(tf2.view.unknown).toMatchObject([{ was: "tensorboard.pr_curves", fields: { tag: "pr", step: 1 } }]);
  for (const { view } of runs.values()) expect(view.differences).toEqual([]);
});

test("files by tensorboardX are read value by value", async (context) => {
  const peer = needPeer(context, "tensorboardx");
  const logdir = temporaryFolder();
  await python(peer.python, "tensorboardx", logdir);
  const { view } = (await readRuns(logdir)).get("x")!;
  expect(pointsOf(view, "a_b")).toEqual([0, 1, 2, 3, 4].map((step) => [step, 10_000 + step * 1000, step / 4]));
  expect(view.media.map(({ name, media }) => [name, media.type])).toEqual([
    ["h", "histogram"],
    ["t/text_summary", "text"],
  ]);
  expect(view.media[1]?.media).toMatchObject({ text: "some text" });
});

test("EventAccumulator reads every point that was written", async (context) => {
  const peer = needPeer(context, "tensorboard");
  const logdir = temporaryFolder();
  const journal = plainRun();
  await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  const read = JSON.parse(
    (await python(peer.python, "read", join(logdir, "mnist", "run_001"))).trim().split("\n").at(-1)!,
  );
  const view = await fold(journal);
  for (const name of view.metrics.keys()) {
    const expected = pointsOf(view, name).map(([step, at, value]) => [at / 1000, step, value]);
    expect(read.scalars[name]).toEqual(expected);
  }
  expect(read.tensors).toEqual(["_hparams_/session_end_info", "_hparams_/session_start_info", "config"]);
});

test("a run that is being written is followed across partial tails", async () => {
  const logdir = temporaryFolder();
  const journal = plainRun();
  const follower = (async () => {
    for (;;) {
      for await (const run of tensorboardSource(logdir).runs()) {
        const steps: number[] = [];
        for await (const stream of run.streams({ follow: true })) {
          for await (const events of stream.read({ follow: true })) {
            for (const event of events) if (event.kind === "metrics.logged") steps.push(event.step!);
          }
        }
        return steps;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries(), batch: { events: 1 } });
  expect(await follower).toEqual(Array.from({ length: 20 }, (_, step) => step));
});
