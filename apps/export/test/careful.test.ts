import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-careful-"));
  writeFileSync(join(folder, "package.json"), "{}");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);
const lab = (name: string) => {
  cpSync(join(fixtures, "lab"), join(folder, name), { recursive: true });
  return (path: string) => join(folder, name, path);
};

test("two folders with runs of the same name and start that say other things are never mixed", async () => {
  lab("one");
  const two = lab("two");
  const metrics = two("runs/run_001/metrics.json");
  writeFileSync(metrics, readFileSync(metrics, "utf8").replace('"value": 0.5,', '"value": 0.75,'));
  const planned = await runferry("plan", "one", "two", "--to", "local:copy", "--timezone", "UTC");
  expect(planned.code).toBe(1);
  expect(planned.stdout).toContain(
    "two: ctr_model/run_001 has the id of one ctr_model/run_001 and says something else",
  );
  const taken = await runferry("import", "one", "two", "--timezone", "UTC");
  expect(taken.code).toBe(1);
  expect(taken.stdout).toContain("the store has another run of the same name and start");
  const again = await runferry("import", "one", "--timezone", "UTC");
  expect(again.stdout).toMatch(/^one\s+lab\s+–\s+–\s+3\s+–$/m); // nothing was added to it
});

test("a file that the copy has not, though its journal names it, is a difference", async () => {
  const source = lab("files");
  await runferry("import", "files", "--dir", "st", "--timezone", "UTC");
  writeFileSync(source("runs/run_001/artifacts/model_best.pt"), "changed");
  expect((await runferry("export", "--dir", "st", "--to", "local:c")).code).toBe(1);
  const { code, stdout } = await runferry("verify", "--dir", "st", "--to", "local:c");
  expect(code).toBe(1);
  expect(stdout).toContain("file model_best.pt");
});

test("what may not be read, or is no file, is a loss", async () => {
  const source = lab("odd");
  rmSync(source("runs/run_001/params.json"));
  mkdirSync(source("runs/run_001/params.json"));
  const times = source("runs/run_002/metrics.json");
  writeFileSync(times, readFileSync(times, "utf8").replace(/"timestamp": "[^"]*"/, '"timestamp": "nonsense"'));
  const index = source("metadata.json");
  writeFileSync(index, readFileSync(index, "utf8").replace('"finished_at": "2024', '"finished_at": "in 2024'));
  const { code, stdout } = await runferry("import", "odd", "--dir", "odd-store", "--timezone", "UTC");
  expect(code).toBe(1);
  expect(stdout).toContain("it is no file: runs/run_001/params.json");
  expect(stdout).toContain("finished_at is no time: metadata.json");
  expect(stdout).toContain("a time cannot be read; the one before stands for it: runs/run_002/metrics.json, line");
});

test("the line to type next has the store, the zone and quotes", async () => {
  lab("a b");
  const { stderr } = await runferry("plan", "a b", "--dir", "st x", "--timezone", "Asia/Tokyo", "--to", "local:c x");
  expect(stderr).toContain("go: runferry migrate 'a b' --to 'local:c x' --dir 'st x' --timezone Asia/Tokyo");
  const missing = await runferry("migrate", "nothere", "--to", "local:c");
  expect(missing.stderr).toContain("nothere is no folder");
});
