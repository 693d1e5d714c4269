import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isRunferryError, isSpelled, type Json, type RunView } from "@runferry/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { matchesName } from "../src/custom/mapping.ts";
import { matchesPath } from "../src/custom/match-files.ts";
import { findLayout, presetMappings, type WrittenMapping, writtenLayout } from "../src/index.ts";
import { readRuns } from "./stores.ts";

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), "runferry-custom-"));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

function write(files: { readonly [path: string]: string }): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(store, path)), { recursive: true });
    writeFileSync(join(store, path), text);
  }
}

const read = (mapping: WrittenMapping) => readRuns(writtenLayout("mine", mapping, "layouts.mine"), store);

async function only(mapping: WrittenMapping) {
  const runs = await read(mapping);
  expect(runs.size).toBe(1);
  return [...runs.values()][0]!;
}

const points = (view: RunView, metric: string) =>
  [...(view.metrics.get(metric)?.series.points() ?? [])].map(({ step, value }) => [step, value]);

const plain = (value: Json | undefined) => (isSpelled(value) ? value.rawJSON : value);

test.each([
  [{ step: "epohc" }, 'step: "epohc" is no column there; it has epoch, when, loss'],
  [{ time: "wehn", step: "epoch" }, 'time: "wehn" is no column there; it has epoch, when, loss'],
  [{ values: ["loss", "val_*"], step: "epoch" }, 'values: "val_*" is no column there; it has epoch, when, loss'],
  [{ name: "metric", value: "loss" }, 'name: "metric" is no column there; it has epoch, when, loss'],
])("a column that a mapping names and no row has is named: %j", async (columns, said) => {
  write({
    "r/log.csv": "epoch,when,loss\n1,2024-11-15T10:31:00Z,0.5\n2,2024-11-15T10:32:00Z,0.25\n",
    "s/log.csv": "epoch\n",
  });
  const { lost } = await only({ runs: "r", metrics: { file: "log.csv", ...columns } });
  expect(lost).toContainEqual(expect.objectContaining({ reason: said, where: "r/log.csv", count: 1 }));
  const right = await only({ runs: "r", metrics: { file: "log.csv", step: "epoch", time: "when", values: ["lo*"] } });
  expect(right.lost).toEqual([]);
});

test("everything a mapping can say, from JSON, JSONL, YAML and CSV", async () => {
  write({
    "a/exp_1/meta.json": JSON.stringify({
      run: { title: "first", about: "a try", began: "2024-11-15T10:30:00", until: 1731666600.5, state: "crashed" },
      tags: { team: "ml", fold: 2, none: null },
    }),
    "a/exp_1/config.yaml": "lr: 1.0e-05\nmodel:\n  name: 'net'\n  layers: [1, 2]\n",
    "a/exp_1/args.json": '{"seed": 12345678901234567890, "secret.key": {"x": 1}, "lr": 1.0}',
    "a/exp_1/steps.jsonl":
      '{"step": 1, "t": "2024-11-15T10:31:00", "train": {"loss": 0.5, "note": "x"}}\n{"step": 2, "train": {"loss": NaN}}',
    "a/exp_1/long.csv": "when;metric;number\n1731666700;auc;0.5\n1731666701.5;auc;0.75\n1731666702;f1;1e-05\n",
    "a/exp_1/checkpoints/best.pt": "weights",
    "a/exp_1/notes.txt": "notes",
    "a/exp_1/core.1234": "dump",
    "b/readme.txt": "no run",
  });
  const { view, lost } = await only({
    runs: "*/exp_*",
    needs: "meta.json",
    id: "{1}-{run}",
    name: { file: "meta.json", at: "run.title" },
    experiment: "{root}/{above}".replace("{root}", "lab"),
    description: { file: "meta.json", at: ["run", "about"] },
    started: { file: "meta.json", at: "run.began" },
    ended: { file: "meta.json", at: "run.until" },
    status: { file: "meta.json", at: "run.state" },
    tags: { file: "meta.json", at: "tags" },
    params: ["config.yaml", { file: "args.json", except: ["secret*"] }],
    metrics: [
      { file: "steps.jsonl", step: "step", time: "t", except: ["*/note"] },
      { file: "long.csv", separator: ";", time: "when", name: "metric", value: "number" },
    ],
    artifacts: "checkpoints/**",
    leaveOut: "core.*",
  });
  expect(lost).toEqual([]);
  expect(view.started).toMatchObject({
    name: "first",
    experiment: "lab/a",
    description: "a try",
    createdAt: Date.UTC(2024, 10, 15, 10, 30),
    source: { layout: "mine", id: "a-exp_1" },
  });
  expect([view.status, view.ended?.at]).toEqual(["failed", 1731666702000]); // not before its last point
  expect(Object.fromEntries(view.tags)).toEqual({ team: "ml", fold: "2" });
  expect([...view.params].map(([name, value]) => [name, plain(value)])).toEqual([
    ["lr", "1.0"],
    ["model", { name: "net", layers: [1, 2] }],
    ["seed", "12345678901234567890"],
  ]);
  expect(points(view, "train/loss")).toEqual([
    [1, 0.5],
    [2, Number.NaN],
  ]);
  expect([...view.metrics.get("auc")!.series.points()].map(({ at, value }) => [at, value])).toEqual([
    [1731666700000, 0.5],
    [1731666701500, 0.75],
  ]);
  expect(points(view, "f1")).toEqual([[undefined, 0.00001]]);
  expect([...view.metrics.keys()].sort()).toEqual(["auc", "f1", "train/loss"]);
  expect([...view.artifacts.keys()].sort()).toEqual(["checkpoints/best.pt", "other/notes.txt"]);
});

describe("without more than where metrics are", () => {
  test("each folder is a run, everything else in it an artifact, and its name the name", async () => {
    write({
      "one/.git/config": "x",
      "one/src/__pycache__/a.pyc": "x",
      "one/.hydra/config.yaml": "lr: 1",
      "one/log.csv": "epoch,loss\n0,1\n",
      "two/log.csv": "epoch,loss\n0,2\n",
      "one/x/y.bin": "y",
      "three/z": "z",
    });
    const runs = await read({ metrics: { file: "log.csv", step: "epoch" } });
    expect([...runs.keys()]).toEqual(["one", "two"]);
    expect([...runs.get("one")!.view.artifacts.keys()]).toEqual([".hydra/config.yaml", "x/y.bin"]);
    expect(points(runs.get("two")!.view, "loss")).toEqual([[0, 2]]);
  });

  test("a folder that is itself a run is one, and nothing within it", async () => {
    write({ "log.csv": "loss\n1\n2\n", "old/log.csv": "loss\n9\n" });
    const runs = await read({ runs: ["."], metrics: { file: "log.csv", step: "#" } });
    expect([...runs.values()].map(({ view }) => points(view, "loss"))).toEqual([
      [
        [0, 1],
        [1, 2],
      ],
    ]);
  });
});

test("of several files the newest by number, or all; rows without times stay together by step", async () => {
  const log = (last: number) =>
    JSON.stringify({ log: [1, 2, last].map((step) => ({ step, loss: step / 2, acc: step })) });
  write({ "r/ckpt-9/s.json": log(3), "r/ckpt-10/s.json": log(4), "r/ckpt-2/s.json": log(5) });
  const choice = { file: ["s.json", "ckpt-*/s.json"], at: "log", step: "step" };
  const { view } = await only({ runs: "r", metrics: { ...choice, pick: "last" } });
  expect(points(view, "loss")).toEqual([
    [1, 0.5],
    [2, 1],
    [4, 2],
  ]);
  const first = await only({ runs: "r", metrics: { ...choice, pick: "first" } });
  expect(points(first.view, "loss").at(-1)).toEqual([5, 2.5]);
  const all = await only({ runs: "r", metrics: choice });
  expect(points(all.view, "loss")).toHaveLength(9);

  const layout = writtenLayout("mine", { runs: "r", metrics: { ...choice, pick: "last" } }, "layouts.mine");
  for await (const journal of layout.source(store).runs()) {
    for await (const stream of journal.streams()) {
      for await (const events of stream.read()) {
        expect(events.filter(({ kind }) => kind === "metrics.logged")).toMatchObject([
          { step: 1, values: { loss: 0.5, acc: 1 } },
          { step: 2, values: { loss: 1, acc: 2 } },
          { step: 4, values: { loss: 2, acc: 4 } },
        ]);
      }
    }
  }
});

test("when a file was last written, where nothing else tells; the first point, where points have times", async () => {
  write({ "r/log.csv": "t,loss\n1700000005,1\n1700000001,2\n", "r/start": "" });
  utimesSync(join(store, "r/start"), 1700000000, 1700000000);
  const metrics = { file: "log.csv", time: "t" };
  expect((await only({ started: { changed: "start" }, metrics })).view.started?.createdAt).toBe(1700000000000);
  expect((await only({ metrics })).view.started?.createdAt).toBe(1700000001000);
});

test("a preset is a mapping to begin with", async () => {
  write({ "v/metrics.csv": "epoch,step,loss\n0,1,2\n", "v/hparams.yaml": "", "v/extra.json": '{"gpu": 1}' });
  expect((await findLayout(store))?.name).toBe("trainers");
  const { view } = await only({ extends: "lightning", params: "extra.json", status: "completed" });
  expect([view.status, plain(view.params.get("gpu"))]).toEqual(["finished", 1]);
  expect(points(view, "loss")).toEqual([[1, 2]]);
  expect([...presetMappings.keys()]).toEqual(["lightning", "huggingface", "keras"]);
});

describe("what is damaged is named with its file and line, and the rest is read", () => {
  const cases: readonly (readonly [string, string, WrittenMapping, readonly string[], number])[] = [
    [
      "junk in CSV",
      "epoch,loss\n0,1\n1,high\n2\n3,4\n",
      {},
      [
        'metric "loss" has a value that is no number · r/log.csv, line 3',
        "a line does not have the 2 cells of the first · r/log.csv, line 4",
      ],
      2,
    ],
    [
      "a CSV line that is cut off",
      "epoch,loss\n0,1\n1,0.1",
      {},
      ["the last line has no end, and may be cut off · r/log.csv, line 3"],
      1,
    ],
    ["a quote without an end", 'epoch,loss\n0,1\n1,"2\n3,4\n', {}, ["a quote is not closed · r/log.csv, line 3"], 1],
    [
      "two columns of a name",
      "epoch,loss,loss\n0,1,2\n",
      {},
      ["two columns have one name: the last one is read · r/log.csv, line 1"],
      1,
    ],
    [
      "junk in JSONL",
      '{"epoch": 0, "loss": 1}\njunk\n[1]\n\n{"epoch": 1, "loss": 2}\n{"epoch": 2, "lo',
      { format: "jsonl" },
      ["a line is no JSON · r/log.csv, line 2", "a line is no record · r/log.csv, line 3"],
      2,
    ],
    [
      "JSON that breaks off",
      '[{"epoch": 0, "loss": 1},\n {"epoch"',
      { format: "json" },
      ["the file breaks off: it stops in the middle · r/log.csv, line 2 (byte 34)"],
      1,
    ],
    [
      "no list where one should be",
      '{"a": {"b": 1}}',
      { format: "json", at: "a.b" },
      ["there is neither an object nor a list at a.b · r/log.csv, line 1 (byte 12)"],
      0,
    ],
    [
      "steps that are none",
      "epoch,loss\nx,1\n",
      {},
      ['the column "epoch" has a step that is no number · r/log.csv, line 2'],
      1,
    ],
    [
      "YAML that is none",
      "a: b: c\n",
      { format: "yaml" },
      ["the file is no YAML: Nested mappings are not allowed in compact mappings at line 1, column 4: · r/log.csv"],
      0,
    ],
    [
      "long rows without a name",
      "epoch,m,v\n0,,1\n",
      { name: "m", value: "v" },
      ['the column "m" names no metric · r/log.csv, line 2'],
      0,
    ],
    ["nothing", "", {}, [], 0],
  ];
  test.each(cases)("%s", async (_, text, choice, expected, count) => {
    write({ "r/log.csv": text });
    const { view, lost } = await only({ metrics: { file: "log.csv", step: "epoch", ...choice } });
    expect(lost.map(({ reason, where }) => `${reason} · ${where}`)).toEqual(expected);
    expect(points(view, "loss")).toHaveLength(count);
  });
});

test("links that lead out, keys of prototypes and odd columns are harmless", async () => {
  const outside = mkdtempSync(join(tmpdir(), "runferry-outside-"));
  try {
    writeFileSync(join(outside, "log.csv"), "epoch,loss\n0,1\n");
    write({
      "r/log.csv": "epoch,__proto__,constructor,a b/ü\n0,1,2,3\n",
      "r/params.yaml": "__proto__: {polluted: true}\nconstructor: 1\n",
      "r/args.json": '{"__proto__": 2}',
    });
    symlinkSync(join(outside, "log.csv"), join(store, "r/linked.csv"));
    symlinkSync(outside, join(store, "elsewhere"));
    symlinkSync(store, join(store, "r/loop"));
    const { view, lost } = await only({
      runs: "**",
      params: ["params.yaml", "args.json"],
      metrics: { file: "*.csv", step: "epoch" },
    });
    expect([...view.metrics.keys()].sort()).toEqual(["__proto__", "a b/ü", "constructor"]);
    expect([...view.params].map(([name, value]) => [name, plain(value)])).toEqual([
      ["__proto__", 2],
      ["constructor", 1],
    ]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(lost).toMatchObject([
      { count: 2, reason: "a file was not read: it is a link that leads out of the folder", where: "r/linked.csv" },
    ]);
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test("a metrics file of any size is read as a stream", async () => {
  const rows = 100_000;
  const lines = Array.from({ length: rows }, (_, i) => `${i},${i / 2},"${i}"\r\n`);
  write({ "r/log.csv": `\uFEFFstep,loss,"acc"\r\n${lines.join("")}\n` });
  const { view, lost } = await only({ metrics: { file: "log.csv", step: "step" } });
  expect(lost).toEqual([]);
  expect([view.metrics.get("loss")!.series.length, view.metrics.get("acc")!.series.length]).toEqual([rows, rows]);
  expect(points(view, "acc").at(-1)).toEqual([rows - 1, rows - 1]);
});

test("cells with separators, quotes, ends of lines and nothing in them", async () => {
  write({ "r/log.csv": 'm,v,note\r\n"a ""b"", c\r\nd",1,"x"\r\n5" pipe,"2",""\r\n\r\ne,3,"""q"""\r\n' });
  const { view, lost } = await only({ metrics: { file: "log.csv", name: "m", value: "v" } });
  expect(lost).toEqual([]);
  expect([...view.metrics.keys()].sort()).toEqual(['5" pipe', 'a "b", c\r\nd', "e"]);
});

test.each<readonly [Json, string, string]>([
  [3, "layouts.mine is 3", "write keys with values"],
  [{}, "layouts.mine says neither where params nor where metrics are", "add params, tags or metrics"],
  [{ metrics: "a.csv", artefacts: "x" }, "layouts.mine.artefacts is no key of a mapping there", "artifacts"],
  [{ metrics: { file: "a.csv", steps: "x" } }, "layouts.mine.metrics.steps is no key", "use file, pick, at"],
  [{ metrics: [{ file: "a.csv" }, { step: "x" }] }, "layouts.mine.metrics[1] names no file", "add file"],
  [{ metrics: "../a.csv" }, 'layouts.mine.metrics.file is "../a.csv", which may lead out', "below it"],
  [{ metrics: "/etc/passwd" }, "may lead out of the folder", "below it"],
  [{ metrics: "a\\b" }, "may lead out of the folder", "with /"],
  [
    { metrics: "log_?.{csv,tsv}" },
    'layouts.mine.metrics.file is "log_?.{csv,tsv}"',
    "only * and ** stand for something",
  ],
  [{ runs: "run[0-9]", metrics: "a.csv" }, 'layouts.mine.runs is "run[0-9]"', "only * and **"],
  [{ metrics: { file: "a.csv", pick: "newest" } }, 'layouts.mine.metrics.pick is "newest"', "all, first, last"],
  [{ metrics: { file: "a.csv", separator: "||" } }, "layouts.mine.metrics.separator", "one character"],
  [{ metrics: { file: "a.csv", name: "m" } }, "layouts.mine.metrics has only one of name and value", "both"],
  [{ metrics: { file: "a.csv", keep: "yes" } }, "layouts.mine.metrics.keep", "true or false"],
  [{ metrics: "a.csv", name: "{ran}" }, "layouts.mine.name has {ran}, which stands for nothing", "{run}, {above}"],
  [{ metrics: "a.csv", name: { at: "x" } }, "layouts.mine.name names no file", "add file"],
  [{ metrics: "a.csv", started: { changed: 3 } }, "layouts.mine.started.changed is 3", "write a text"],
  [
    { extends: "ligthning" },
    'layouts.mine.extends is "ligthning", which is no mapping',
    "lightning, huggingface, keras",
  ],
])("the mapping %j is refused: the key, and what may stand there", (mapping, message, hint) => {
  let thrown: unknown;
  try {
    writtenLayout("mine", mapping as never, "layouts.mine");
  } catch (cause) {
    thrown = cause;
  }
  if (!isRunferryError(thrown, "bad_option")) throw new Error(`${String(thrown)} is no bad_option`);
  expect(thrown.message).toContain(message);
  expect(thrown.hint).toContain(hint);
});

test("names of columns fit patterns in which * is anything", () => {
  const fits = (pattern: string) =>
    ["loss", "val_loss", "val/loss", "loss_1", ""].filter((name) => matchesName(name, [pattern]));
  expect(fits("*")).toHaveLength(5);
  expect(fits("loss")).toEqual(["loss"]);
  expect(fits("*loss")).toEqual(["loss", "val_loss", "val/loss"]);
  expect(fits("val*loss")).toEqual(["val_loss", "val/loss"]);
  expect(fits("*l*s*1")).toEqual(["loss_1"]);
  expect(fits("*loss*loss*")).toEqual([]);
  expect(matchesName("a".repeat(100_000), [`${"*a".repeat(1000)}b`])).toBe(false); // and soon
});

test("paths fit globs in which * stays within a name and ** does not", () => {
  const paths = ["a", "a/b", "a/b/c.pt", "b/c.pt", "c.pt"];
  const fits = (glob: string) => paths.filter((path) => matchesPath(path, [glob]));
  expect(fits("**")).toEqual(paths);
  expect(fits("*")).toEqual(["a", "c.pt"]);
  expect(fits("*/*.pt")).toEqual(["b/c.pt"]);
  expect(fits("**/*.pt")).toEqual(["a/b/c.pt", "b/c.pt", "c.pt"]);
  expect(fits("a/**")).toEqual(["a/b", "a/b/c.pt"]);
  expect(fits("*/**")).toEqual(["a/b", "a/b/c.pt", "b/c.pt"]);
  expect(fits("a/**/c.pt")).toEqual(["a/b/c.pt"]);
});
