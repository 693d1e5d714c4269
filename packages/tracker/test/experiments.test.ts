import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  createExperiment,
  deleteExperiment,
  experiments,
  getExperiment,
  restoreExperiment,
  runs,
  saveExperimentSummary,
} from "@runferry/tracker";
import { expect, it } from "vitest";
import { shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

it("an experiment is made, read, deleted with its runs, and restored", async () => {
  const folder = temporary();
  const dir = join(folder, "runferry");
  expect(createExperiment("ctr", { dir, description: "clicks" })).toMatchObject({
    name: "ctr",
    description: "clicks",
    runs: 0,
  });
  const { tracker } = shopIn(folder, { experiment: "ctr" });
  for (const auc of [0.7, 0.9, Number.NaN]) await tracker.run((run) => run.log({ auc, "only/nan": Number.NaN }));
  expect(getExperiment("ctr", { dir })).toMatchObject({
    description: "clicks",
    runs: 3,
    byStatus: { finished: 3 },
    metrics: {
      auc: { runs: 3, mean: 0.8, min: { value: 0.7, run: "run_001" }, max: { value: 0.9, run: "run_002" } },
      "only/nan": { runs: 3, mean: Number.NaN },
    },
  });
  expect(createExperiment("ctr", { dir })).toMatchObject({ description: "clicks", runs: 3 }); // it was there

  expect(deleteExperiment("ctr", { dir })).toHaveLength(3);
  expect([experiments({ dir }), runs({ dir })]).toEqual([[], []]);
  expect(restoreExperiment("ctr", { dir })).toHaveLength(3);
  expect(experiments({ dir })).toMatchObject([{ name: "ctr", runs: 3 }]);

  deleteExperiment("ctr", { dir });
  expect(createExperiment("ctr", { dir })).toMatchObject({ runs: 0 });
});

it("one that is not there is named, with what was perhaps meant", () => {
  const dir = join(temporary(), "store");
  createExperiment("ctr_model", { dir });
  for (const ask of [getExperiment, deleteExperiment, restoreExperiment, saveExperimentSummary]) {
    expect(() => ask("ctr_modle", { dir })).toThrow(
      expect.objectContaining({ code: "not_found", hint: "did you mean ctr_model?" }),
    );
  }
});

it("its summary is a file, in the store or where it is wanted, without secrets", async () => {
  const folder = temporary();
  const dir = join(folder, "runferry");
  const { tracker } = shopIn(folder, { experiment: "a/b é" });
  const params = { lr: 1, token: "hf_abcdefghijklmnopqrstuvwxyz12345678" };
  await tracker.run({ params }, (run) => run.log({ loss: Number.POSITIVE_INFINITY }));
  const path = saveExperimentSummary("a/b é", { dir });
  expect(path).toMatch(/reports\/a-b-e-[0-9a-f]{8}\.json$/);
  const text = readFileSync(path, "utf8");
  expect(text).not.toContain("hf_abc");
  expect(JSON.parse(text)).toMatchObject({
    name: "a/b é",
    count: 1,
    byStatus: { finished: 1 },
    metrics: { loss: { max: { value: "Infinity", run: "run_001" } } },
    runs: [{ name: "run_001", status: "finished", params: { lr: 1 }, metrics: { loss: "Infinity" } }],
  });
  const elsewhere = join(folder, "out/summary.json");
  expect(saveExperimentSummary("a/b é", { dir, path: elsewhere })).toBe(elsewhere);
  expect(existsSync(elsewhere)).toBe(true);
  expect(tracker.saveSummary()).toBe(path);
});
