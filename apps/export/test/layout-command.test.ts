import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runferryIn } from "./workshop.ts";

const trainers = join(import.meta.dirname, "../../../test-fixtures/trainers");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-layout-"));
  for (const name of ["lightning", "huggingface", "keras"])
    cpSync(join(trainers, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, "old/exp_1"), { recursive: true });
  writeFileSync(join(folder, "old/exp_1/log.csv"), "epoch;loss\n0;1\n1;0.5\n");
  writeFileSync(join(folder, "old/exp_1/args.yaml"), "lr: 1.0e-05\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);
const configure = (yaml: string) => writeFileSync(join(folder, "runferry.yaml"), yaml);

test("folders of trainers are known by what is in them", async () => {
  configure("");
  const { code, stdout, stderr } = await runferry(
    "plan",
    "lightning",
    "huggingface",
    "keras",
    "--to",
    "tensorboard:tb",
  );
  expect([code, stderr]).toEqual([0, expect.stringContaining("nothing was written")]);
  expect(stdout).toMatch(/^lightning +trainers +3 /m);
  expect(stdout).toMatch(/^huggingface +trainers +2 /m);
  expect(stdout).toMatch(/^keras +trainers +2 /m);
  const together = await runferry("plan", ".", "--to", "tensorboard:tb");
  expect(together.stdout).toMatch(/^\. +trainers +7 /m);
  const one = await runferry("plan", ".", "--layout", "huggingface", "--to", "tensorboard:tb");
  expect(one.stdout).toMatch(/^\. +huggingface +2 /m);
});

test("a layout of one's own is tried out with plan, and then moved", async () => {
  configure(
    "layouts:\n  ours:\n    runs: exp_*\n    experiment: old\n    status: finished\n    params: args.yaml\n" +
      '    metrics: { file: log.csv, separator: ";", step: epoch }\n',
  );
  const planned = await runferry("plan", "old", "--layout", "ours", "--to", "local:copy");
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(/^old +ours +1 +2 +0/m);
  expect(planned.stderr).toContain("go: runferry migrate old --to local:copy --layout ours");
  const moved = await runferry("migrate", "old", "--layout", "ours", "--to", "local:copy", "--quiet");
  expect([moved.code, moved.stderr]).toEqual([0, ""]);
  const shown = await runferry("show", "old/exp_1");
  expect(shown.stdout).toMatch(/status +finished[\s\S]*lr +1e-05[\s\S]*loss/);
  const unknown = await runferry("plan", "old", "--to", "local:copy");
  expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining("in a layout that is known")]);
});

test("what is wrong with a mapping is said with the file, the line, the key and what may stand there", async () => {
  configure(
    "experiment: x\nlayouts:\n  other: { metrics: a.csv }\n  ours:\n    metrics: { file: log.csv, stepp: epoch }\n",
  );
  const wrong = await runferry("plan", "old", "--layout", "ours", "--to", "local:copy");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("runferry.yaml:4: layouts.ours.metrics.stepp is no key of a mapping there");
  expect(wrong.stderr).toContain("use file, pick, at, format");
  const unknown = await runferry("plan", "old", "--layout", "our", "--to", "local:copy");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("did you mean ours?")]);
  const empty = await runferry("plan", "keras", "--layout", "lightning", "--to", "local:copy");
  expect(empty.code).toBe(3);
  expect(empty.stderr).toContain("holds no runs in the layout lightning");
  expect(empty.stderr).toContain("looked for metrics.csv beside hparams.yaml");
  // A training is not stopped by it.
  expect((await runferry("ls", "--dir", "copy")).code).toBe(0);
});
