import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLayout, lab, neural } from "../src/index.ts";
import { fixtures, readRuns } from "./stores.ts";

let store: string;

beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), "runferry-layouts-"));
});

afterEach(() => {
  rmSync(store, { recursive: true, force: true });
});

const read = async (folder = store) => readRuns((await findLayout(folder))!, folder);

const metricsOf = (run: string) => join(store, "runs", run, "metrics.json");

function copyLab(): void {
  cpSync(join(fixtures, "lab"), store, { recursive: true });
}

test("a file that stops in the middle gives what is before, and says where it stops", async () => {
  copyLab();
  const whole = readFileSync(metricsOf("run_001"), "utf8");
  const cut = whole.indexOf('"step": 3', whole.indexOf("val_auc"));
  writeFileSync(metricsOf("run_001"), whole.slice(0, cut));
  const { view, lost } = (await read()).get("run_001")!;
  expect(view.metrics.get("train_loss")!.series.length).toBe(5);
  expect(view.metrics.get("val_auc")!.series.length).toBe(3);
  expect(view.metrics.has("test_auc")).toBe(false);
  const line = whole.slice(0, cut).split("\n").length;
  expect(lost).toMatchObject([
    {
      reason: "the file breaks off: it stops in the middle",
      where: `runs/run_001/metrics.json, line ${line} (byte ${cut - 1})`,
    },
  ]);
});

test("junk between values is named, and the rest is read", async () => {
  copyLab();
  const text = readFileSync(metricsOf("run_002"), "utf8");
  writeFileSync(
    metricsOf("run_002"),
    text.replace('"value": 0.5,', '"value": "high",').replace('"value": 0.6', '"value": zero'),
  );
  const { view, lost } = (await read()).get("run_002")!;
  expect([...view.metrics].map(([name, { series }]) => [name, series.length])).toEqual([
    ["val_auc", 4],
    ["train_loss", 4],
    ["test_auc", 1],
  ]);
  expect(lost.map(({ reason, count }) => [reason, count])).toEqual([
    ['metric "train_loss" has a value that is no number', 1],
    ["a value is damaged", 1],
  ]);
});

test("missing files, a missing folder and a run that the index does not name", async () => {
  copyLab();
  rmSync(join(store, "runs/run_001/params.json"));
  rmSync(join(store, "runs/run_002"), { recursive: true });
  writeFileSync(
    join(store, "metadata.json"),
    readFileSync(join(store, "metadata.json"), "utf8").replace(/"run_003"/, '"gone"'),
  );
  const runs = await read();
  expect([...runs.keys()].sort()).toEqual(["gone", "run_001", "run_002"]);
  expect(runs.get("run_001")!.view.params.size).toBe(0);
  expect(runs.get("run_002")!.lost).toMatchObject([{ reason: "the folder of the run is not there" }]);
  expect(runs.get("gone")!.view.metrics.size).toBe(3); // found by the name of its folder

  rmSync(join(store, "metadata.json"));
  const unnamed = (await read()).get("run_003")!;
  expect(unnamed.view.metrics.size).toBe(3);
  expect(unnamed.lost[0]!.reason).toMatch(/the index does not name the run/);
});

test("the same id twice, keys of prototypes, and folders that lead out are harmless", async () => {
  copyLab();
  const index = JSON.parse(readFileSync(join(store, "metadata.json"), "utf8"));
  index.push({ ...index[0], description: "again" }, { run_id: "../../etc", run_dir: "/etc" });
  writeFileSync(join(store, "metadata.json"), JSON.stringify(index));
  writeFileSync(join(store, "runs/run_001/params.json"), '{"__proto__": {"polluted": true}, "constructor": 1}');
  writeFileSync(metricsOf("run_003"), '{"__proto__": [{"step": 1, "value": 2}], "toString": 5}');
  const runs = await read();
  expect(runs.get("run_001")!.view.started?.description).toBe("again");
  expect(runs.get("run_001")!.lost).toMatchObject([{ reason: expect.stringContaining("more than once") }]);
  expect([...runs.get("run_001")!.view.params.keys()]).toEqual(["__proto__", "constructor"]);
  expect([...runs.get("run_003")!.view.metrics.keys()].sort()).toEqual(["__proto__", "toString"]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect([...runs.keys()].sort()).not.toContain("etc");
});

test("an id that leads out of the runs has no folder, and nothing is read there", async () => {
  copyLab();
  const outside = `${store}-outside`;
  mkdirSync(outside);
  writeFileSync(join(outside, "key"), "secret");
  const ids = [`../../${basename(outside)}`, "..", "."];
  try {
    writeFileSync(join(store, "metadata.json"), JSON.stringify(ids.map((id) => ({ run_id: id }))));
    const runs = await read();
    for (const id of ids) {
      expect([...runs.get(id)!.view.artifacts.keys()]).toEqual([]);
      expect(runs.get(id)!.lost).toMatchObject([{ reason: "the folder of the run is not there" }]);
    }
  } finally {
    rmSync(outside, { recursive: true });
  }
});

test("damage of the index is told where it names every folder, too", async () => {
  copyLab();
  const index = readFileSync(join(store, "metadata.json"), "utf8").trimEnd().slice(0, -1);
  writeFileSync(join(store, "metadata.json"), `${index}, 5, {"run_id": "run_004", "tags": {"a`);
  expect((await read()).get("run_003")!.lost.map(({ reason }) => reason)).toEqual([
    "the file breaks off: it stops in the middle",
    "an entry is no record",
  ]);
});

test("links out of the run, links to folders and odd names are named and not followed", async () => {
  copyLab();
  const artifacts = join(store, "runs/run_001/artifacts");
  symlinkSync("/etc/hostname", join(artifacts, "outside"));
  symlinkSync(artifacts, join(artifacts, "loop"));
  symlinkSync("model_best.pt", join(artifacts, "inside"));
  symlinkSync("nowhere", join(artifacts, "broken"));
  const { view, lost } = (await read()).get("run_001")!;
  expect([...view.artifacts.keys()].sort()).toEqual(["inside", "model_best.pt", "other/notes.txt", "plots/loss.png"]);
  expect(lost.map(({ reason }) => reason)).toEqual([
    "a file was not read: it is not there, or may not be read",
    "a file was not read: it is a link to a folder",
    "a file was not read: it is a link that leads out of the folder",
  ]);
});

test("a folder that moved keeps its ids, and one run is what it is for others", async () => {
  const ids = async (folder: string) => {
    const all: string[] = [];
    for await (const journal of lab.source(folder, { timezone: "UTC" }).runs()) all.push(journal.run);
    return all;
  };
  cpSync(join(fixtures, "lab"), join(store, "moved"), { recursive: true });
  expect(await ids(join(store, "moved"))).toEqual(await ids(join(fixtures, "lab")));
});

test("a recorded artifact without its file is a loss", async () => {
  cpSync(join(fixtures, "neural"), store, { recursive: true });
  rmSync(join(store, "my_experiment_00000001/artifacts/model.h5"));
  const { view, lost } = (await read()).get("00000001")!;
  expect(view.artifacts.has("model.h5")).toBe(false);
  expect(lost).toMatchObject([{ count: 1, reason: 'the artifact "model.h5" has no file' }]);
});

test("one experiment folder is a store of one", async () => {
  const folder = join(fixtures, "neural/my_experiment_00000002");
  expect(await neural.detect(folder)).toBe(true);
  expect([...(await read(folder)).keys()]).toEqual(["00000002"]);
});

test("an unknown folder has no layout", async () => {
  mkdirSync(join(store, "photos"));
  expect(await findLayout(store)).toBeUndefined();
  expect(await findLayout(join(store, "nowhere"))).toBeUndefined();
});
