import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "@runferry/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLayout } from "../src/index.ts";
import { fixtures, readRuns } from "./stores.ts";

// What trackers note beyond what their layouts ask for.

let store: string;
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), "runferry-layouts-"));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

const read = async () => readRuns((await findLayout(store))!, store);
const copy = (layout: string) => cpSync(join(fixtures, layout), store, { recursive: true });

/** Adds to a JSON object in a file, also to one in a list or below a name. */
function note(path: string, more: JsonObject, at?: number | string): void {
  const whole = JSON.parse(readFileSync(join(store, path), "utf8"));
  Object.assign(at === undefined ? whole : whole[at], more);
  writeFileSync(join(store, path), JSON.stringify(whole));
}

test("other fields of an index are tags, and so is a status that nobody knows", async () => {
  copy("lab");
  const more = { seed: 42, best: { auc: 0.9 }, git: "8c1f", version: "of the lab", gone: null, status: "paused" };
  note("metadata.json", more, 0);
  note("metadata.json", { tags: "prod" }, 1);
  const runs = await read();
  expect(Object.fromEntries(runs.get("run_001")!.view.tags)).toEqual({
    version: "v1",
    trial: "1",
    seed: "42",
    best: '{"auc":0.9}',
    git: "8c1f",
    status: "paused",
    "metadata.version": "of the lab",
  });
  expect(Object.fromEntries(runs.get("run_002")!.view.tags)).toEqual({ prod: "" });
  for (const { lost } of runs.values()) expect(lost).toEqual([]);
});

test("other fields of metadata.json are tags, and artifacts.json goes along where it says more", async () => {
  copy("neural");
  note("my_experiment_00000001/metadata.json", { author: "lab", status: "created" });
  note("my_experiment_00000001/artifacts.json", { accuracy: 0.9 }, "model.h5");
  const runs = await read();
  const { view, lost } = runs.get("00000001")!;
  expect(Object.fromEntries(view.tags)).toEqual({ author: "lab" });
  expect([...view.artifacts.keys()]).toContain("other/artifacts.json");
  expect(lost).toEqual([]);
  expect([...runs.get("00000002")!.view.artifacts.keys()]).not.toContain("other/artifacts.json");
});

test("other fields of what an engine says of a run are tags, and a second such file is an artifact", async () => {
  copy("engine");
  const [id, before] = [...(await read())][0]!;
  const run = "model_development/random_forest/rf_baseline";
  const [tag = ""] = before.view.tags.keys();
  note(join(run, "run_info.json"), { gpu: "A100", [tag]: "of the run" });
  writeFileSync(join(store, run, "metadata.json"), '{"owner": "kim"}');
  const { view, lost } = (await read()).get(id)!;
  expect(Object.fromEntries(view.tags)).toEqual({
    ...Object.fromEntries(before.view.tags),
    gpu: "A100",
    [`metadata.${tag}`]: "of the run",
  });
  expect([...view.artifacts.keys()].sort()).toEqual([...before.view.artifacts.keys(), "other/metadata.json"].sort());
  expect(lost).toEqual([]);
});

test("what points say beyond step, time and value is told as lost", async () => {
  copy("lab");
  const points = [0, 1].map((step) => ({ step, value: step, timestamp: "2024-11-15T10:30:00", batch: 7 }));
  writeFileSync(join(store, "runs/run_001/metrics.json"), JSON.stringify({ loss: points }));
  const { view, lost } = (await read()).get("run_001")!;
  expect(view.metrics.get("loss")!.series.length).toBe(2);
  expect(lost).toMatchObject([
    { count: 2, reason: 'points say "batch" as well', where: expect.stringMatching(/^runs\/run_001\/metrics\.json/) },
  ]);
});

test("bytes that are no text are told, and a text that says what stands for them is none", async () => {
  copy("lab");
  const path = join(store, "runs/run_001/params.json");
  writeFileSync(path, '{"note": "\ufffd"}');
  expect((await read()).get("run_001")!.lost).toEqual([]);
  writeFileSync(path, Buffer.from('{"note": "\xff"}', "latin1"));
  const { view, lost } = (await read()).get("run_001")!;
  expect(view.params.get("note")).toBe("\ufffd");
  expect(lost).toMatchObject([{ count: 1, reason: "bytes that are no UTF-8, read as \ufffd" }]);
});
