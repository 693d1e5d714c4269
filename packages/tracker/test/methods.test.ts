import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spelled } from "@runferry/core";
import { audio, figure, histogram, image, type Run, table, text } from "@runferry/tracker";
import { expect, it } from "vitest";
import { eventsOf, only, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

/** Logs with `work`, ends the run, and gives everything that another process reads of it. */
async function logged(work: (run: Run, folder: string) => unknown) {
  const folder = temporary();
  const { tracker, said } = shopIn(folder);
  const run = tracker.startRun();
  await work(run, folder);
  await run.end();
  return { run, said, events: await eventsOf(tracker.dir, run.id) };
}

it("logParams keeps structure, and has a form for what JSON has none for", async () => {
  const { events } = await logged((run) =>
    run.logParams({
      lr: spelled("1e-05"),
      hidden: [256, 128],
      nested: { deep: { a: null } },
      seed: 2n ** 63n - 1n,
      small: 7n,
      at: new Date(0),
      map: new Map([["k", new Set([1])]]),
      weights: new Float32Array([0.5, 1]),
      rate: new (class Scalar {
        readonly kept = false;
        item = () => 0.25;
      })(),
      tensor: new (class Tensor {
        readonly shape = [1, 2];
        arraySync = () => [[1, 2]];
      })(),
      plain: { data: new Float32Array([1]), name: "x" },
      nan: Number.NaN,
      none: undefined,
      pattern: /x+/,
    }),
  );
  expect(only(events, "params.set")[0]?.values).toEqual({
    lr: spelled("1e-05"),
    hidden: [256, 128],
    nested: { deep: { a: null } },
    seed: spelled("9223372036854775807"),
    small: 7,
    at: "1970-01-01T00:00:00.000Z",
    map: { k: [1] },
    weights: [0.5, 1],
    rate: 0.25,
    tensor: [[1, 2]],
    plain: { data: [1], name: "x" },
    nan: "NaN",
    pattern: "/x+/",
  });
});

it("setTags makes text of values, and deletes with null", async () => {
  const { events } = await logged((run) =>
    run.setTags({ team: "ml", fold: 2, ok: true, list: [1], old: null, not: undefined }),
  );
  expect(only(events, "tags.set")[0]?.values).toEqual({ team: "ml", fold: "2", ok: "true", list: "[1]", old: null });
});

it("media are on disk when log returns, in order with everything else", async () => {
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1]);
  const { run, events } = await logged((run, folder) => {
    writeFileSync(join(folder, "tone.wav"), "tone");
    run.log({ loss: 1, sample: image(png, { caption: "first", width: 2 }) }, 1);
    png[4] = 2; // the caller may go on using its buffer
    run.log({ sample: image(png), tone: audio(join(folder, "tone.wav"), { sampleRate: 8000 }) }, 2);
    run.log({ h: histogram([1, 2, 2, Number.NaN], { bins: 2 }), given: histogram({ edges: [0, 1], counts: [3] }) }, 3);
    run.log({
      t: table([{ a: 1, b: "x" }, { a: 2n }]),
      t2: table(["c"], [[new Date(0)]]),
      note: text("*hi*", { format: "markdown" }),
    });
    run.log({
      drawn: figure(Buffer.from("<svg/>"), { format: "svg" }),
      spec: figure({ mark: "line" }, { caption: "curve" }),
    });
    run.log({ loss: 0.5 }, 4);
  });
  const media = only(events, "media.logged");
  expect(media.map(({ name, step }) => [name, step])).toEqual([
    ["sample", 1],
    ["sample", 2],
    ["tone", 2],
    ["h", 3],
    ["given", 3],
    ["t", undefined],
    ["t2", undefined],
    ["note", undefined],
    ["drawn", undefined],
    ["spec", undefined],
  ]);
  expect(events.map(({ kind }) => kind).slice(1, 4)).toEqual(["metrics.logged", "media.logged", "media.logged"]);
  const bytes = media.flatMap(({ media: { type, ...rest } }) =>
    "file" in rest && rest.file ? [[type, readFileSync(join(run.dir, rest.file.path))]] : [],
  );
  expect(bytes).toEqual([
    ["image", Buffer.from([0x89, 0x50, 0x4e, 0x47, 1])],
    ["image", Buffer.from([0x89, 0x50, 0x4e, 0x47, 2])],
    ["audio", Buffer.from("tone")],
    ["figure", Buffer.from("<svg/>")],
  ]);
  expect(media[0]?.media).toMatchObject({
    caption: "first",
    width: 2,
    file: { path: expect.stringMatching(/\.png$/) },
  });
  expect(media[2]?.media).toMatchObject({ sampleRate: 8000, file: { path: expect.stringMatching(/\.wav$/) } });
  expect(media[3]?.media).toEqual({ type: "histogram", edges: [1, 1.5, 2], counts: [1, 2] });
  expect(media[5]?.media).toEqual({
    type: "table",
    columns: ["a", "b"],
    rows: [
      [1, "x"],
      [2, null],
    ],
  });
  expect(media[6]?.media).toMatchObject({ rows: [["1970-01-01T00:00:00.000Z"]] });
  expect(media[7]?.media).toEqual({ type: "text", text: "*hi*", format: "markdown" });
  expect(media[9]?.media).toEqual({ type: "figure", spec: { mark: "line" }, caption: "curve" });
});

it("media that cannot be read are counted, and the rest is logged", async () => {
  const { run, events } = await logged((run) => run.log({ loss: 1, sample: image("/nowhere/a.png") }, 1));
  expect(run.troubles).toEqual([{ kind: "lost", what: "media sample", count: 1 }]);
  expect(only(events, "events.lost")).toMatchObject([{ reason: "media sample: ENOENT: no such file or directory" }]);
  expect(only(events, "metrics.logged")).toHaveLength(1);
});

it("logEpisode keeps all values, and their summaries", async () => {
  const { events } = await logged((run) => run.logEpisode({ reward: [1, 3], length: new Int32Array([5]) }, 7));
  expect(only(events, "metrics.logged")).toMatchObject([
    {
      step: 7,
      values: {
        "reward/count": 2,
        "reward/mean": 2,
        "reward/std": 1,
        "reward/min": 1,
        "reward/max": 3,
        "length/mean": 5,
      },
    },
  ]);
  expect(only(events, "media.logged")).toMatchObject([
    {
      name: "episodes",
      media: {
        rows: [
          [1, 5],
          [3, null],
        ],
      },
    },
  ]);
});

it("artifacts: files, bytes, folders, references, and versions that are replaced", async () => {
  const { run, events } = await logged(async (run, folder) => {
    mkdirSync(join(folder, "out/deep"), { recursive: true });
    writeFileSync(join(folder, "out/a.txt"), "a");
    writeFileSync(join(folder, "out/deep/b.txt"), "b");
    const handle = await run.logArtifact(join(folder, "out/a.txt"), "best/a.txt");
    expect(handle).toMatchObject({ status: "logged", name: "best/a.txt", bytes: 1 });
    expect(readFileSync(handle.path!, "utf8")).toBe("a");
    const reference = await run.logArtifact(join(folder, "out/a.txt"), {
      name: "far.txt",
      mode: "reference",
      type: "data",
    });
    expect(reference.path).toBe(join(folder, "out/a.txt"));
    await run.logArtifacts(join(folder, "out"));
    await run.logArtifact(join(folder, "out"));
    await run.logJson({ f1: 0.5, at: new Date(0) }, "report.json");
    await run.logText("first", "notes.txt");
    run.logText("second", "notes.txt");
    run.logArtifact(join(folder, "out/a.txt"), "notes.txt"); // under way when the next one comes
    const fourth = Buffer.from("fourth");
    run.logArtifact(fourth, "notes.txt");
    fourth.fill(0); // the caller may go on using it
    expect(await run.logArtifact(join(folder, "missing"))).toMatchObject({ status: "lost", name: "missing" });
    expect(await run.logText("x", "../evil")).toMatchObject({ status: "lost" });
  });
  const artifacts = only(events, "artifact.logged");
  expect(artifacts.map(({ file }) => file.path)).toEqual([
    "best/a.txt",
    "far.txt",
    "a.txt",
    "deep/b.txt",
    "out/a.txt",
    "out/deep/b.txt",
    "report.json",
    ...Array.from({ length: 4 }, () => "notes.txt"),
  ]);
  expect(artifacts[1]).toMatchObject({ type: "data", reference: expect.stringMatching(/a\.txt$/) });
  expect(readFileSync(join(run.dir, "artifacts/notes.txt"), "utf8")).toBe("fourth");
  expect(readFileSync(join(run.dir, "artifacts/report.json"), "utf8")).toBe(
    '{"f1":0.5,"at":"1970-01-01T00:00:00.000Z"}\n',
  );
  expect(only(events, "events.lost").map(({ count }) => count)).toEqual([1, 1]);
});

it("models and checkpoints: files first, then the fact, with an id that no server gave", async () => {
  const { run, events } = await logged(async (run, folder) => {
    mkdirSync(join(folder, "model"));
    writeFileSync(join(folder, "model/model.json"), "{}");
    const model = await run.logModel(join(folder, "model"), { name: "ctr", flavor: "tfjs", metrics: { auc: 0.8 } });
    expect(model).toMatchObject({ status: "logged", path: "models/ctr", id: `${run.id}/main/3` });
    run.registerModel("ctr-prod", model, { version: "3", stage: "Staging", aliases: ["champion"] });
    const checkpoint = await run.logCheckpoint(Buffer.from("w"), {
      step: 4,
      metrics: { loss: new Float32Array([0.5]) },
    });
    expect(checkpoint).toMatchObject({ id: `${run.id}/main/6`, path: "checkpoints/step_4/model.bin" });
    expect(await run.logModel(join(folder, "missing.onnx"))).toMatchObject({ status: "lost" });
  });
  expect(only(events, "model.logged")).toMatchObject([
    { seq: 3, name: "ctr", path: "models/ctr", flavor: "tfjs", metrics: { auc: 0.8 } },
    { seq: 6, name: "step_4", step: 4, metrics: { loss: 0.5 } },
  ]);
  expect(only(events, "model.registered")).toMatchObject([
    { name: "ctr-prod", path: "models/ctr", aliases: ["champion"] },
  ]);
  expect(run.troubles).toHaveLength(2);
});

it("the other facts", async () => {
  const { events } = await logged((run) => {
    run.useDataset("clicks", { digest: "abc", purpose: "training", metadata: { rows: 10 } });
    run.defineMetric("val/loss", { goal: "min", stepMetric: "epoch" });
    run.alert("overfits", { text: "val/loss rises", level: "warn" });
    run.alert("note");
    run.logConsole("hello\n", "stderr");
    run.setStatus("running");
  });
  expect(events.slice(1).map(({ seq: _, at: __, ...event }) => event)).toEqual([
    { kind: "dataset.used", name: "clicks", digest: "abc", purpose: "training", metadata: { rows: 10 } },
    { kind: "metric.defined", name: "val/loss", goal: "min", stepMetric: "epoch" },
    { kind: "alert.raised", title: "overfits", text: "val/loss rises", level: "warn" },
    { kind: "alert.raised", title: "note", level: "info" },
    { kind: "console.logged", from: "stderr", text: "hello\n" },
    { kind: "run.ended", status: "finished", summary: {} },
  ]);
});

it("after its end a run takes nothing, says so once, and throws nothing", async () => {
  const { run, said, events } = await logged(async (run) => {
    await run.end("completed");
    await run.end("failed");
    run.log({ loss: 1 });
    run.log({ loss: 2 });
  });
  expect(events).toHaveLength(2);
  expect(run.troubles).toEqual([{ kind: "lost", what: "after the end", count: 2 }]);
  expect(said.filter((line) => line.includes("after the end"))).toHaveLength(1);
});
