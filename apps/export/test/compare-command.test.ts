import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRun } from "@runferry/tracker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareRows } from "../src/compare-runs.ts";
import { csvLines } from "../src/csv.ts";
import { runferryIn } from "./workshop.ts";

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-compare-"));
  for (const [lr, auc] of [
    [0.1, 0.74],
    [0.01, 0.82],
    [0.001, Number.NaN],
  ] as const) {
    const params = { lr, batch: 128, api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" };
    const run = startRun({ dir: join(folder, "runferry"), experiment: "ctr_model", params, quiet: true });
    run.log({ test_auc: auc, epochs: 30 });
    await run.end();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words, { COLUMNS: "100" });

test("sorts by a metric, hides what does not differ, and tells all of the best run", async () => {
  const { code, stdout } = await runferry("compare", "ctr_model", "--by", "test_auc:max");
  expect(code).toBe(0);
  const [head, ...lines] = stdout.split("\n");
  expect(head).toMatch(/^run +status +lr +test_auc ▼$/);
  expect(lines[0]).toMatch(/^run_002 +finished +0\.01 +0\.82 +best$/);
  expect(lines[1]).toMatch(/^run_001 +finished +0\.1 +0\.74$/);
  expect(lines[2]).toMatch(/^run_003 +finished +0\.001 +NaN$/);
  expect(stdout).toContain("best by test_auc: ctr_model/run_002\n  lr = 0.01\n  batch = 128");
  expect(stdout).toContain("  epochs: 30");
  expect(stdout).not.toContain("sk-abc");
  const least = await runferry("compare", "--by", "test_auc:min", "--top", "1");
  expect(least.stdout).toMatch(/run_001 .*best/);
});

test("gives CSV and JSON in the same order, with every column", async () => {
  const csv = await runferry("compare", "ctr_model", "--by", "test_auc:max", "--csv");
  const rows = csv.stdout.trim().split("\n");
  expect(rows[0]).toBe(
    "run,id,experiment,status,params.lr,params.batch,params.api_key,metrics.test_auc,metrics.epochs",
  );
  expect(rows[1]).toMatch(/^run_002,\w{26},ctr_model,finished,0\.01,128,[^,]+,0\.82,30$/);
  const json = await runferry("compare", "ctr_model", "--by", "test_auc:max", "--json");
  expect((JSON.parse(json.stdout) as { name: string }[]).map(({ name }) => name)).toEqual([
    "run_002",
    "run_001",
    "run_003",
  ]);
});

test("a metric that nobody has, and a missing direction, are usage errors", async () => {
  const unknown = await runferry("compare", "ctr_model", "--by", "auc:max");
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('no run that is chosen has a metric "auc"'),
  ]);
  const direction = await runferry("compare", "--by", "test_auc");
  expect([direction.code, direction.stderr]).toEqual([2, expect.stringContaining("--by test_auc:max, or :min")]);
});

test("cells that a spreadsheet would run are texts, numbers stay numbers", () => {
  expect([...csvLines([["=1+1", "-5", '"a", b', "-x", ""]])].join("")).toBe(`'=1+1,-5,"""a"", b",'-x,\n`);
});

test("the same as rows, for console.table and data frames, with params as they were given", () => {
  const options = { dir: join(folder, "runferry"), by: { metric: "test_auc", mode: "max" } } as const;
  const rows = compareRows(["run_001", "run_002"], options);
  expect(rows.map(({ run, ...row }) => [run, row["params.lr"], row["metrics.test_auc"]])).toEqual([
    ["run_002", 0.01, 0.82],
    ["run_001", 0.1, 0.74],
  ]);
  expect(Object.keys(rows[0]!)).toEqual(
    "run,id,experiment,status,params.lr,params.batch,params.api_key,metrics.test_auc,metrics.epochs".split(","),
  );
  expect(() => compareRows(["run_009"], options)).toThrow(expect.objectContaining({ code: "not_found" }));
});
