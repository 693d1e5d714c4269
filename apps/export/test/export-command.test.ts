import { globSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRun } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runferryIn } from "./workshop.ts";

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-command-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const lr of [0.1, 0.2, 0.3]) {
    const run = startRun({ dir: join(folder, "runferry"), experiment: "ctr", params: { lr }, quiet: true });
    for (let step = 0; step < 20; step++) run.log({ loss: lr / (step + 1) }, step);
    await run.logText("notes", "notes.txt");
    await run.end();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

describe("runferry export and verify", () => {
  it("deliver, tell the differences, and prove the copy", async () => {
    const exported = await runferry("export", "--to", "tensorboard:tb", "--to", "local:copy");
    expect(exported.code).toBe(0);
    expect(exported.stdout).toMatch(/^tensorboard:tb\s+3\s+–\s+60\s+3\s+–$/m);
    expect(exported.stdout).toMatch(/^local:copy\s+3\s+–\s+–\s+–\s+–$/m);
    expect(exported.stdout).toContain("60 converted: metric values to 32 bits, e.g. loss");
    expect(exported.stderr).toContain("proof: runferry verify --to tensorboard:tb --to local:copy");
    const verified = await runferry("verify", "--to", "tensorboard:tb", "--to", "local:copy");
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain("tensorboard:tb: 3 runs, 60 points: 3 equal but converted");
    expect(verified.stdout).toContain("local:copy: 3 runs, 60 points, 3 files by sizes: 3 equal");
  });

  it("choose runs by experiment, handle and filter, and speak JSON", async () => {
    const some = await runferry("export", "ctr", "--filter", "params.lr > 0.15", "--to", "tensorboard:some", "--json");
    const { runs } = JSON.parse(some.stdout) as { runs: { name: string; state: string }[] };
    expect(runs.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      "ctr/run_002 delivered",
      "ctr/run_003 delivered",
    ]);
    const one = await runferry("verify", "run_002", "--to", "tensorboard:some", "--json");
    expect(JSON.parse(one.stdout)).toMatchObject([{ name: "ctr/run_002", equality: "converted", points: 20 }]);
    const missing = await runferry("verify", "--to", "tensorboard:some");
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain("ctr/run_001  is not there");
  });

  it("exit with 1 and name the points where the copy lost something", async () => {
    await runferry("export", "run_003", "--to", "tensorboard:cut");
    const [file] = globSync("cut/**/*tfevents*", { cwd: folder });
    truncateSync(join(folder, file!), 900);
    const verified = await runferry("verify", "run_003", "--to", "tensorboard:cut");
    expect(verified.code).toBe(1);
    expect(verified.stdout).toMatch(/1 different/);
    expect(verified.stdout).toMatch(/ctr\/run_003 {2}point loss, step \d+ at [\d.]+: here [\d.e-]+, there missing/);
  });

  it("stop at once where a place cannot be, and name it", async () => {
    const { code, stderr } = await runferry("export", "run_001", "--to", "tensorboard:package.json/tb");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^runferry: tensorboard:package.json\/tb is no folder: .* on the way, \S+package.json \[/);
  });

  it("say what is wrong with a command line, and what to do", async () => {
    for (const [words, expected] of [
      [["export"], "no place is named"],
      [["export", "--to", "parquet"], "does not say which folder"],
      [["export", "--to", "mlflow"], "MLFLOW_TRACKING_URI"],
      [["export", "--to", "tensorbord:x"], "did you mean"],
      [["export", "--to", "local:runferry"], "lies in the store"],
      [["export", "run_9", "--to", "local:x"], "run_9"],
      [["verify", "--to", "tensorboard"], "does not say which folder"],
    ] as const) {
      const { code, stdout, stderr } = await runferry(...words);
      expect(code, words.join(" ")).not.toBe(0);
      expect(stdout).toBe("");
      expect(stderr).toContain(expected);
      expect(stderr).toContain("what to do:");
    }
  });
});

it("a replaced version of a file whose bytes are gone is one counted loss at a new place, and no refusal", async () => {
  const run = startRun({ dir: join(folder, "replaced"), experiment: "e", quiet: true });
  await run.logText("the first version", "notes.txt");
  await run.logText("the second", "notes.txt");
  await run.end();
  rmSync(join(run.dir, "artifacts/.replaced"), { recursive: true });
  for (const place of ["local:replaced-copy", "wandb-offline:replaced-wandb"]) {
    const line = ["--to", place, "--dir", "replaced"];
    const first = await runferry("export", ...line);
    expect(first.stdout).toMatch(/ {2}1 lost: replaced versions of files, whose bytes are gone, e\.g\. notes\.txt$/m);
    expect([first.code, first.stdout]).toEqual([1, expect.not.stringContaining("incomplete")]);
    expect((await runferry("export", ...line, "--accept-loss")).code).toBe(0);
    expect((await runferry("verify", ...line, "--bytes")).code).toBe(0);
  }
});
