import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fold, forward, isRunferryError, type JsonObject, memoryDeliveries, spelled, summarise } from "@runferry/core";
import { localBackend, openStore, type Store } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { openReader } from "@runferry/tracker";
import { afterAll, describe, expect, test } from "vitest";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "runferry-read-"));
  folders.push(folder);
  return join(folder, "store");
}

let clock = 1_700_000_000_000;

interface Made {
  readonly experiment?: string;
  readonly name?: string;
  readonly params?: JsonObject;
  readonly values?: readonly number[];
  readonly status?: "finished" | "failed" | "running";
  readonly goal?: "min" | "max";
}

/** A tag and a param are set in the middle of the metrics, where a list does not look. */
function log(
  store: Store,
  { experiment = "ctr", name, params = {}, values = [], status = "finished", goal }: Made = {},
) {
  const created = store.createRun({ experiment, createdAt: clock++, ...(name === undefined ? {} : { name }) });
  const { writer } = created;
  if (goal) writer.append({ kind: "metric.defined", name: "auc", goal });
  values.forEach((auc, step) => {
    writer.append({ kind: "metrics.logged", step, values: { auc } });
    if (step === 0) writer.append({ kind: "params.set", values: { ...params, late: true } });
    if (step === 0) writer.append({ kind: "tags.set", values: { stage: "middle" } });
  });
  if (status !== "running") writer.append({ kind: "run.ended", status, summary: writer.summary() });
  writer.closeNow();
  return created.run.id;
}

const codeOf = (act: () => unknown) => {
  try {
    act();
  } catch (cause) {
    if (isRunferryError(cause)) return `${cause.code}: ${cause.message} | ${cause.hint}`;
    throw cause;
  }
  return "nothing was thrown";
};

describe("a store of some runs", () => {
  const store = openStore(temporary());
  const reader = openReader(store);
  const ids = [
    log(store, {
      params: { lr: spelled("1e-05"), seed: spelled("18446744073709551615") },
      values: [0.1, 0.9, 0.5],
      goal: "max",
    }),
    log(store, { params: { lr: 0.1 }, values: [0.2, 0.7, 0.7] }),
    log(store, { params: { lr: 0.1 }, values: [0.7, 0.7, 0.7], status: "failed" }),
    log(store, { experiment: "rank/deep", name: "wide", values: [Number.NaN] }),
    log(store, { experiment: "rank/deep", values: [0.3, 0.4], status: "running" }),
  ];

  test("filters choose, orders sort, limits cut", () => {
    const idsOf = (chosen?: Parameters<typeof reader.runs>[0]) => reader.runs(chosen).map((run) => ids.indexOf(run.id));
    expect(idsOf()).toEqual([4, 3, 2, 1, 0]);
    expect(idsOf("params.lr = '1e-05' and metrics.auc < 0.6")).toEqual([0]);
    expect(idsOf("lr = 0.1 and params.late = 'True' and stage = 'middle'")).toEqual([2, 1]);
    expect(idsOf({ experiment: "ctr", status: ["completed"], orderBy: "auc desc" })).toEqual([1, 0]);
    expect(idsOf({ orderBy: "metrics.auc", limit: 3 })).toEqual([4, 0, 2]);
    expect(idsOf({ status: "running" })).toEqual([4]);
    expect(codeOf(() => idsOf({ status: "fine" }))).toContain("no status");
    expect(codeOf(() => idsOf({ limit: -1 }))).toContain("bad_option");
  });

  test("handles", () => {
    const at = (handle: string) => ids.indexOf(reader.getRun(handle).id);
    expect([at(ids[2]!), at("wide"), at("rank/deep/wide"), at("@last"), at("@last~4"), at("ctr/@last")]).toEqual([
      2, 3, 3, 4, 0, 2,
    ]);
    expect(at(ids[1]!.slice(0, 22))).toBe(1);
    expect(at("ctr/run_002")).toBe(1);
    expect(codeOf(() => at("run_001"))).toMatch(/could be any of 2 runs:[\s\S]*ctr\/run_001/);
    expect(codeOf(() => at("ctr/run_0002"))).toContain("did you mean ctr/run_002");
    expect(codeOf(() => at("wdie"))).toContain("did you mean wide");
    expect(codeOf(() => at("@last~9"))).toContain("has 5 runs");
    expect(codeOf(() => at(""))).toContain("not_found");
  });

  test("a run read back", () => {
    const run = reader.getRun(ids[0]!);
    expect(run).toMatchObject({ name: "run_001", experiment: "ctr", status: "finished", isDeleted: false });
    expect(run.params).toEqual({ lr: 1e-5, seed: 18446744073709551615n, late: true });
    expect(Object.getPrototypeOf(run.params)).toBeNull();
    expect(run.metrics.auc).toMatchObject({ last: 0.5, min: 0.1, max: 0.9, first: 0.1, count: 3 });
    expect(run.metrics.auc?.series().map((point) => [point.step, point.value])).toEqual([
      [0, 0.1],
      [1, 0.9],
      [2, 0.5],
    ]);
    expect(reader.getRun("@last").metrics.auc).toMatchObject({ last: 0.4, count: 2 });
    expect(codeOf(() => run.artifact("model.onnx"))).toContain("no artifact called");
  });

  test("the best run", () => {
    const best = (...words: Parameters<typeof reader.getBestRun>) => ids.indexOf(reader.getBestRun(...words).id);
    expect(best("auc")).toBe(1); // max, by the goal of the first run; of the two with 0.7 the earlier
    expect(best("auc", { of: "best" })).toBe(0);
    expect(best("auc", { mode: "min" })).toBe(4);
    expect(best("auc", { mode: "min", of: "best", experiment: "ctr" })).toBe(0);
    expect(best("auc", { filter: "status = 'failed'", mode: "max" })).toBe(2);
    expect(codeOf(() => best("acu"))).toContain("did you mean auc?");
    expect(codeOf(() => best("auc", { experiment: "rank/deep" }))).toContain("less or more");
    expect(codeOf(() => best("auc", { filter: "run_name = 'wide'", mode: "max" }))).toContain("NaN in every run");
  });

  test("experiments", () => {
    expect(reader.experiments()).toMatchObject([
      { name: "ctr", runs: 3, byStatus: { finished: 2, failed: 1, running: 0, killed: 0 } },
      { name: "rank/deep", runs: 2, byStatus: { finished: 1, running: 1 } },
    ]);
    expect(reader.experiments()[0]?.lastActivity).toBeGreaterThan(1_700_000_000_000);
  });

  test("deleted runs are in the trash until they are restored", async () => {
    const { run, writer } = store.createRun({ experiment: "files" });
    writer.append({ kind: "artifact.logged", file: (await run.putArtifact(new Uint8Array([1]), "a/b.bin")).file });
    writer.append({ kind: "run.ended", status: "finished" });
    writer.closeNow();
    expect(reader.deleteRun("files/run_001").isDeleted).toBe(true);
    expect(codeOf(() => reader.getRun(run.id))).toContain("not_found");
    const there = reader.getRun(run.id, { includeDeleted: true });
    expect([there.isDeleted, there.artifact("a/b.bin").path.startsWith(there.dir)]).toEqual([true, true]);
    expect(reader.runs({ includeDeleted: true })).toHaveLength(6);
    expect(reader.restoreRun("files/run_001").isDeleted).toBe(false);
    expect(codeOf(() => reader.restoreRun(run.id))).toContain("the trash of");
  });
});

test("what is read of every hostile run is what its fold says", async () => {
  const folder = temporary();
  const backend = localBackend(folder);
  const hostile = await hostileRuns(5, { names: 500, largestFile: 1024 });
  for (const { journal } of hostile) await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
  await backend.close();
  const reader = openReader(folder);
  for (const { journal, name } of hostile) {
    const view = await fold(journal);
    if (view.started === undefined) continue;
    const run = reader.getRun(journal.run);
    expect(new Map(Object.entries(run.spelledParams)), name).toEqual(view.params);
    expect(new Map(Object.entries(run.tags)), name).toEqual(view.tags);
    expect(run.artifacts.map((one) => one.name).sort(), name).toEqual([...view.artifacts.keys()].sort());
    if (name === "awkward numbers") continue; // its summary says what is not so
    for (const [metric, { series }] of view.metrics) {
      if (series.length === 0) continue;
      const { count, min, max, last } = summarise(series);
      expect(run.metrics[metric], `${name} ${metric}`).toMatchObject({ count, min, max, last: last?.value });
    }
  }
});
