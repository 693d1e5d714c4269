import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { SummaryWriter } from "../src/index.ts";
import { silence } from "./hostile-run.ts";
import { temporaryFolder } from "./subject.ts";

const script = join(import.meta.dirname, "summary-writer.py");

interface Shown {
  readonly run: string;
  readonly wall: number;
  readonly step: number;
  readonly tag: string;
  readonly name: string;
  readonly description: string;
  readonly plugin: string;
  readonly content: unknown;
  readonly sides: readonly number[];
  readonly values: readonly unknown[];
  readonly session?: number;
}

function python(program: string, ...words: readonly string[]): string {
  const options = { encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" } as const;
  return execFileSync(program, ["-W", "ignore", script, ...words], options);
}

/** Every value as TensorBoard's own reader gives it to the plugins. */
function shownIn(program: string, folder: string): readonly Shown[] {
  return JSON.parse(python(program, "read", folder).trim().split("\n").at(-1)!) as Shown[];
}

const wave = (count: number, scale = 1) => Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * scale);
const unit = (count: number) => wave(count).map((value) => value / 2 + 0.5);
const cut = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: list.length / size }, (_, i) => list.slice(i * size, (i + 1) * size));

const given = {
  loss: [0.9, 0.5, 1 / 3, 0.1],
  normal: [...wave(500), 0, 1e-13, -1e-13, 1.5],
  picture: cut(cut(unit(3 * 4 * 5), 5), 4),
  bytes: cut(
    cut(
      Array.from({ length: 60 }, (_, i) => (i * 37) % 256),
      3,
    ),
    5,
  ),
  gray: cut(unit(20), 5),
  pictures: cut(cut(cut(unit(10 * 3 * 2 * 3), 3), 2), 3),
  labels: Array.from({ length: 50 }, (_, i) => ((i * i) % 3) % 2),
  predictions: unit(50),
  weights: unit(50).map((value) => value + 1),
};

function write(folder: string): void {
  using writer = new SummaryWriter(folder);
  given.loss.forEach((value, step) => {
    writer.addScalar("train/loss", value, step, { walltime: 100.5 + step });
  });
  const at = (walltime: number) => ({ walltime });
  writer.addScalar("nan", Number.NaN, 1, at(100));
  writer.addScalar("infinite", Number.NEGATIVE_INFINITY, 1, at(100));
  writer.addScalar("unplaced", 1, undefined, at(100));
  writer.addScalar("before", BigInt64Array.of(1n), -3, at(100));
  writer.addScalar("named", 1, 1, { ...at(100), displayName: "Its name", description: "what it *is*" });
  for (let step = 0; step < 3; step++) {
    writer.addScalars("group/both", { train: step, val: step / 2 }, step, at(200 + step));
  }
  writer.addHistogram("histograms/default", given.normal, 1, at(300));
  writer.addHistogram("histograms/five", Float64Array.from(given.normal), 1, { ...at(300), bins: 5 });
  writer.addHistogram("histograms/limits", given.normal, 1, { ...at(300), bins: [-1, 0, 0.5, 2] });
  writer.addHistogram("histograms/one", 0.25, 1, at(300));
  const tensor = { shape: [3, 4, 5], dataSync: () => Float32Array.from(given.picture.flat(2)) };
  writer.addImage("images/chw", tensor, 1, at(400));
  const bytes = { shape: [4, 5, 3], dataSync: () => Uint8Array.from(given.bytes.flat(2)) };
  writer.addImage("images/hwc", bytes, 1, { ...at(400), dataformats: "HWC" });
  writer.addImage("images/hw", given.gray, 1, { ...at(400), dataformats: "HW" });
  writer.addImages("images/many", given.pictures, 1, at(400));
  writer.addText("notes", "some *text*\n\n| a |\n| --- |\n| 1 |", 1, at(500));
  const truths = given.labels.map((label) => label === 1);
  writer.addPrCurve("curve", truths, given.predictions, 1, at(600));
  const { weights } = given;
  writer.addPrCurve("weighed", given.labels, given.predictions, 1, { ...at(600), numThresholds: 11, weights });
  const hparams = { lr: 0.1, opt: "adam", amp: true, layers: 3, none: null };
  writer.addHparams(hparams, { "m/acc": 0.75 }, { name: "trial", step: 7 });
  writer.addCustomScalars({
    All: { both: ["Multiline", ["loss", "val/.*"]], band: ["Margin", ["a", "b", "c"]] },
  });
}

/**
 * tensorboardX nests the folders of `addScalars`, where PyTorch and we join their names; the times of sessions are ours
 * alone; and what TensorBoard brings into the present form it gives a name, and pictures a mark.
 */
function comparable(shown: readonly Shown[]): readonly object[] {
  return shown
    .map((one) => {
      const content = JSON.parse(
        JSON.stringify(one.content, (key, value: unknown) => (/TimeSecs$/.test(key) ? undefined : value)),
      ) as unknown;
      const isTimed = one.plugin !== "hparams" && one.run !== "trial" && one.plugin !== "custom_scalars";
      const values = one.values.map((value) => (typeof value === "number" ? Math.fround(value) : value));
      const run = one.run.replace("group/both/", "group_both_");
      const name = one.name === one.tag ? "" : one.name;
      return { ...one, run, name, content: content === "EAE=" ? "" : content, values, wall: isTimed ? one.wall : 0 };
    })
    .sort((a, b) => `${a.run} ${a.tag} ${a.step}`.localeCompare(`${b.run} ${b.tag} ${b.step}`));
}

test("every value is the one that tensorboardX writes by the same call", (context) => {
  const reader = needPeer(context, "tensorboard");
  const peer = needPeer(context, "tensorboardx");
  const [ours, theirs] = [temporaryFolder(), temporaryFolder()];
  const calls = join(temporaryFolder(), "calls.json");
  writeFileSync(calls, JSON.stringify(given));
  const where = "import os, PIL; print(os.path.dirname(os.path.dirname(PIL.__file__)))";
  const pillow = execFileSync(reader.python, ["-c", where], { encoding: "utf8" }).trim();
  python(peer.python, "write", theirs, calls, pillow);
  write(ours);
  const expected = comparable(shownIn(reader.python, theirs));
  expect(comparable(shownIn(reader.python, ours))).toEqual(expected);
  expect(new Set(expected.map((one) => (one as Shown).plugin))).toEqual(
    new Set(["scalars", "histograms", "images", "text", "pr_curves", "hparams", "custom_scalars"]),
  );
});

test("sounds are WAV files of 16 bits", (context) => {
  const reader = needPeer(context, "tensorboard");
  const folder = temporaryFolder();
  using writer = new SummaryWriter(folder);
  writer.addAudio("mono", [0, 0.5, -0.5, 2, -2, Number.NaN], 1, { sampleRate: 8000 });
  const stereo = [
    [0, 1],
    [0.25, -1],
    [0.5, 0],
  ];
  writer.addAudio("stereo", stereo, 1);
  writer.addAudio("torch", [wave(5)], 1);
  writer.addAudio("file", silence(), 1);
  const sounds = shownIn(reader.python, folder).map(({ tag, plugin, content, values }) => {
    const [channels, rate, width, frames] = values[0] as [number, number, number, number[]];
    const samples = new Int16Array(Uint8Array.from(frames).buffer);
    return [tag, plugin, content, channels, rate, width, samples.length / channels, [...samples.slice(0, 6)]];
  });
  expect(sounds.slice(0, 3)).toEqual([
    ["mono", "audio", "EAs=", 1, 8000, 2, 6, [0, 16_383, -16_383, 32_767, -32_767, 0]],
    ["stereo", "audio", "EAs=", 2, 44_100, 2, 3, [0, 32_767, 8191, -32_767, 16_383, 0]],
    ["torch", "audio", "EAs=", 1, 44_100, 2, 5, wave(5).map((value) => Math.trunc(value * 32_767))],
  ]);
  expect(sounds[3]?.slice(0, 3)).toEqual(["file", "audio", "EAs="]);
});

test("a purge hides from TensorBoard what came before, also of grouped scalars", (context) => {
  const reader = needPeer(context, "tensorboard");
  const folder = temporaryFolder();
  for (const purgeStep of [undefined, 3]) {
    using writer = new SummaryWriter(folder, purgeStep === undefined ? {} : { purgeStep });
    writer.addScalars("all", { one: 1 }, 3);
  }
  const sessions = shownIn(reader.python, folder).filter(({ session }) => session === 1);
  expect(sessions.map(({ run, step }) => [run, step])).toEqual([
    [".", 3],
    [".", 3],
    ["all_one", 3],
    ["all_one", 3],
  ]);
});

describe("files", () => {
  test("hold what was added when the call returns, and sort in the order of their time", () => {
    const folder = temporaryFolder();
    const writers = [1, 2, 3].map(() => new SummaryWriter(folder, { filenameSuffix: ".mine" }));
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(3);
    const sizes = () => names.map((name) => readFileSync(join(folder, name)).length);
    const [first, second, third] = sizes() as [number, number, number];
    writers[1]!.addScalar("loss", 1, 1);
    expect(sizes()).toEqual([first, second + 42, third]);
    for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\..*\.mine$/);
    for (const writer of writers) writer.close();
  });

  test("are in runs/<time>_<host><comment> by default", () => {
    const before = process.cwd();
    process.chdir(temporaryFolder());
    try {
      using writer = new SummaryWriter(undefined, { comment: "-lr1" });
      expect(writer.logDir).toMatch(/^runs[/\\][A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}_.+-lr1$/);
      expect(readdirSync(writer.logDir)).toHaveLength(1);
    } finally {
      process.chdir(before);
    }
  });

  test("take nothing more after the end", () => {
    const writer = new SummaryWriter(temporaryFolder());
    writer.flush();
    writer.close();
    writer.close();
    writer.flush();
    expect(() => writer.addScalar("loss", 1, 1)).toThrow("is closed");
    expect(() => writer.addScalars("loss", { a: 1 }, 1)).toThrow("is closed");
  });
});

describe("what cannot be written throws, and is not written", () => {
  const folder = temporaryFolder();
  const writer = new SummaryWriter(folder);
  writer.addScalar("loss", 1, 1);
  const refused: readonly (readonly [said: string, call: () => void])[] = [
    ["a value has no tag", () => writer.addScalar("", 1, 1)],
    ["the step of x is 0.5", () => writer.addScalar("x", 1, 0.5)],
    ["the walltime is NaN", () => writer.addScalar("x", 1, 1, { walltime: Number.NaN })],
    ["the scalar x holds 2 numbers", () => writer.addScalar("x", [1, 2], 1)],
    ["the scalar x is text and no number", () => writer.addScalar("x", "text" as never, 1)],
    ["the tag loss is that of a scalar already", () => writer.addHistogram("loss", [1, 2], 1)],
    ["leads to another folder", () => writer.addScalars("x", { "../../y": 1 }, 1)],
    ["leads to another folder", () => writer.addHparams({}, {}, { name: "../up" })],
    ["has the sides 2 × 2, not CHW", () => writer.addImage("x", [[0, 1], [1, 0]], 1)], // biome-ignore format: a line each
    ["has 2 channels", () => writer.addImage("x", [[[1]], [[1]]], 1)],
    ["which do not fill 2 × 2", () => writer.addImage("x", [[1, 2], [3]], 1, { dataformats: "HW" })],
    ["has the sides 1 × 1 × 1", () => writer.addAudio("x", [[[1]]], 1)],
    ["the sampleRate of the sound x is 0", () => writer.addAudio("x", [1], 1, { sampleRate: 0 })],
    ["a label is 2", () => writer.addPrCurve("x", [2], [0.5], 1)],
    ["the scalar x is a DataView", () => writer.addScalar("x", new DataView(new ArrayBuffer(8)) as never, 1)],
    ["a prediction is 1.5", () => writer.addPrCurve("x", [1], [1.5], 1)],
    ["there are 2 labels and 1 predictions", () => writer.addPrCurve("x", [1, 0], [0.5], 1)],
    ["do not rise", () => writer.addHistogram("x", [1], 1, { bins: [2, 1] })],
    ["one edge more", () => writer.addHistogram("x", { edges: [1], counts: [1] }, 1)],
    ["the chart band is no chart", () => writer.addCustomScalars({ a: { band: ["Margin", ["b"]] } } as never)],
    ["no Keras model", () => writer.addGraph({ nodes: [] })],
    ["a text that is no JSON", () => writer.addGraph("layers")],
  ];
  const size = () => readdirSync(folder).map((name) => readFileSync(join(folder, name)).length);
  const before = size();

  test.each(refused)("%s", (said, call) => {
    expect(call).toThrow(said);
    expect(size()).toEqual(before);
    expect(existsSync(join(dirname(folder), "up"))).toBe(false);
  });
});
