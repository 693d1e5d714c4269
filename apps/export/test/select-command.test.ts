import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReader, startRun } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-select-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const name of ["lab", "neural"]) {
    cpSync(join(import.meta.dirname, "../../../test-fixtures/layouts", name), join(folder, name), { recursive: true });
  }
  for (const [experiment, lr, auc] of [
    ["ctr_model", 0.1, 0.7],
    ["ctr_model", 0.2, 0.9],
    ["ctr_small", 0.3, Number.NaN],
    ["ranking", 0.4, 0.8],
  ] as const) {
    const run = startRun({
      dir: join(folder, "runferry"),
      experiment,
      params: { lr },
      tags: { team: "ml" },
      quiet: true,
    });
    for (let step = 0; step < 3; step++) run.log({ "val/auc": auc, "debug/grad": step }, step);
    await run.logText("model", "model.onnx");
    await run.logText("x".repeat(2000), "epochs/9.ckpt");
    await run.end(experiment === "ranking" ? "failed" : "finished");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

describe("which runs", () => {
  test.each<[readonly string[], string]>([
    [["ctr_*"], "ctr_model/run_001 ctr_model/run_002 ctr_small/run_001"],
    [["ctr_model/run_00?"], "ctr_model/run_001 ctr_model/run_002"],
    [["*/run_002", "ranking"], "ctr_model/run_002 ranking/run_001"],
    [["--experiment", "*_small", "--experiment", "rank*"], "ctr_small/run_001 ranking/run_001"],
    [["--status", "failed"], "ranking/run_001"],
    [["--where", "params.lr < 0.25"], "ctr_model/run_001 ctr_model/run_002"],
    [["--top", "2", "--by", "val/auc:max"], "ctr_model/run_002 ranking/run_001"],
    [["--top", "1", "--by", "val/auc:min"], "ctr_model/run_001"],
    [["--limit", "1"], "ranking/run_001"],
    [["--since", "1d", "--until", "2999-01-01", "--filter", "params.lr = 0.3"], "ctr_small/run_001"],
  ])("%j", async (words, names) => {
    const compared = await runferry("compare", ...words, "--json");
    expect(compared.code, compared.stderr).toBe(0);
    const runs = JSON.parse(compared.stdout) as { experiment: string; name: string }[];
    expect(
      runs
        .map(({ experiment, name }) => `${experiment}/${name}`)
        .sort()
        .join(" "),
    ).toBe(names);
  });

  test.each<[readonly string[], string]>([
    [["nothing_*"], "is chosen"],
    [["--since", "2999-01-01"], "is chosen"],
    [["--since", "yesterday"], "is no time"],
    [["--top", "3", "--by", "val/acu:max"], 'has a metric "val/acu"'],
    [["--by", "val/auc"], "does not say which way"],
    [["--where", "status = 'x'", "--filter", "status = 'y'"], "are the same"],
  ])("%j is an error that says what to do", async (words, said) => {
    const { code, stderr } = await runferry("export", ...words, "--to", "local:never");
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(said);
    expect(stderr).toContain("what to do: ");
  });

  test("of sources are the same", async () => {
    const plan = async (...words: readonly string[]) => {
      const { stdout, stderr } = await runferry("plan", "lab", "neural", "--to", "local:never", ...words, "--json");
      expect(stdout, stderr).not.toBe("");
      const { sources } = JSON.parse(stdout) as { sources: { runs: number }[] };
      return sources.map(({ runs }) => runs);
    };
    expect(await plan()).toEqual([3, 2]);
    expect(await plan("--run", "run_001")).toEqual([1, 0]);
    expect(await plan("--limit", "4")).toEqual([3, 1]);
    await runferry("import", "neural", "lab", "--limit", "1", "--dir", "newest");
    expect(openReader(join(folder, "newest")).runs()).toMatchObject([{ experiment: "ranking", name: "run_003" }]);
    expect(await plan("--status", "failed")).toEqual([1, 0]);
    const none = await runferry("import", "lab", "--run", "run_9*", "--dir", "none");
    expect(none.stderr).toContain("no run in lab is chosen");
  });
});

describe("how they are told", () => {
  const told = [
    "--metrics",
    "!debug/*",
    "--artifacts",
    "!*.ckpt",
    "--tag",
    "from=archive",
    "--map-experiment",
    "*=old/*",
  ];

  test("export, verify and plan agree, and what is excluded is counted and is no loss", async () => {
    const exported = await runferry("export", "ctr_*", "--to", "local:told", "--to", "tensorboard:tb", ...told);
    expect(exported.code, exported.stdout + exported.stderr).toBe(0);
    expect(exported.stdout).toContain("  local:told: 12 left out: excluded, e.g. debug/grad");
    const copy = openReader(join(folder, "told"));
    expect(copy.experiments().map(({ name }) => name)).toEqual(["old/ctr_model", "old/ctr_small"]);
    const run = copy.getRun("old/ctr_model/run_002");
    expect({ ...run.tags }).toEqual({ from: "archive", team: "ml" });
    expect(Object.keys(run.metrics)).toEqual(["val/auc"]);
    expect(run.artifacts.map(({ name }) => name)).toEqual(["model.onnx"]);
    expect(exported.stderr).toContain(
      "proof: runferry verify 'ctr_*' --to local:told --to tensorboard:tb --tag from=archive",
    );
    const verified = await runferry("verify", "ctr_*", "--to", "local:told", "--to", "tensorboard:tb", ...told);
    expect(verified.code, verified.stdout).toBe(0);
    expect(verified.stdout).toMatch(/^local:told: 3 runs, 9 points, 3 files by sizes: 3 equal$/m);
    expect(verified.stdout).toContain("12 left out: excluded");
    const remembered = await runferry("verify", "ctr_*", "--to", "local:told");
    expect(remembered.stdout).toContain("3 equal\n  12 left out: excluded");
    const whole = await runferry("verify", "ctr_*", "--to", "local:told", "--metrics", "*");
    expect(whole.code).toBe(1);
    expect(whole.stdout).toContain("3 different");
    const status = JSON.parse((await runferry("status", "ctr_*", "--json")).stdout) as {
      destinations: { state: string; waiting: { events: number } }[];
    }[];
    for (const { destinations } of status) {
      expect(destinations).toMatchObject([
        { state: "up to date", waiting: { events: 0 } },
        { state: "up to date", waiting: { events: 0 } },
      ]);
    }
    const planned = await runferry(
      "plan",
      "runferry",
      "--experiment",
      "ctr_*",
      "--to",
      "local:never",
      ...told,
      "--json",
    );
    const { destinations } = JSON.parse(planned.stdout) as { destinations: { differences: unknown }[] };
    expect(destinations[0]!.differences).toEqual([
      { grade: "left out", kind: "excluded", count: 12, example: "debug/grad" },
    ]);
  });

  test("another way, once something is there, is an error that says what to do", async () => {
    const refused = await runferry("export", "ctr_model", "--to", "local:told");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("has other tags");
    expect(refused.stdout).toContain("--into <experiment>");
    const stricter = await runferry("export", "ctr_model", "--to", "local:told", ...told, "--max-artifact-size", "1kB");
    expect(stricter.code, stricter.stderr).toBe(0);
  });

  test("a file that was refused is missed no more once it is left out, by the same command", async () => {
    const dir = join(folder, "refusing");
    const run = startRun({ dir, experiment: "ctr", quiet: true });
    run.log({ loss: 1 }, 1);
    await run.logText("small", "notes.txt");
    await run.logText("x".repeat(2000), "epochs/9.ckpt");
    await run.end();
    rmSync(join(openReader(dir).getRun("ctr/run_001").dir, "artifacts/epochs/9.ckpt"));
    const line = ["export", "--to", "local:without", "--dir", dir];
    const refused = await runferry(...line);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("epochs/9.ckpt");
    const delivered = await runferry(...line, "--max-artifact-size", "1kB");
    expect(delivered.code, delivered.stdout + delivered.stderr).toBe(0);
    const verified = await runferry("verify", "--to", "local:without", "--dir", dir);
    expect(verified.stdout).toMatch(
      /1 run, 1 point, 1 file by sizes: 1 equal\n {2}1 left out: excluded, e\.g\. epochs\/9\.ckpt/,
    );
    expect((await runferry("status", "--dir", dir)).stdout).toContain("exported");
  });

  test("five copies to try it leave the real migration as it would have been", async () => {
    const line = ["migrate", "lab", "--to", "local:moved", "--timezone", "UTC", "--dir", "moving"];
    const tried = await runferry(...line, "--limit", "2", "--into", "scratch");
    expect(tried.code, tried.stdout + tried.stderr).toBe(0);
    const moved = openReader(join(folder, "moved"));
    const copies = moved.runs();
    expect(copies.map(({ experiment }) => experiment)).toEqual(["scratch", "scratch"]);
    const real = await runferry(...line);
    expect(real.code, real.stdout + real.stderr).toBe(0);
    expect(real.stdout).toMatch(/^local:moved\s+3\s+–\s+3\s+–\s+–$/m);
    const ids = new Set(moved.runs({ experiment: "scratch" }).map(({ id }) => id));
    expect(ids).toEqual(new Set(copies.map(({ id }) => id)));
    expect(moved.runs().filter(({ id }) => !ids.has(id))).toHaveLength(3);
    const names = (runs: readonly { readonly name: string }[]) => runs.map(({ name }) => name).sort();
    expect(names(copies).every((name) => names(moved.runs()).includes(name))).toBe(true);
  });

  test.each<[readonly string[], string]>([
    [["--tag", "alone"], "is no pair"],
    [["--map-experiment", "*x*=y"], "too many signs"],
    [["--max-artifact-size", "big"], "is no size"],
    [["--into", "a", "--map-experiment", "a=b"], "both say which experiment"],
  ])("%j is an error", async (words, said) => {
    const { code, stderr } = await runferry("export", "--to", "local:never", ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
