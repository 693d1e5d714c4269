import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destinationName } from "@runferry/core";
import { openStore } from "@runferry/local";
import { removeFolder } from "@runferry/testkit";
import { openReader, startRun } from "@runferry/tracker";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-said-"));
  writeFileSync(join(folder, "package.json"), "{}");
  cpSync(join(import.meta.dirname, "../../../test-fixtures/layouts/lab"), join(folder, "lab"), { recursive: true });
  for (const auc of [0.7, 0.9, Number.NaN]) {
    const params = { lr: 1 - auc, api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" };
    const run = startRun({
      dir: join(folder, "runferry"),
      experiment: "ctr",
      params,
      tags: { team: "ml" },
      quiet: true,
    });
    for (let step = 0; step < 3; step++) run.log({ auc: auc * step }, step);
    await run.logText(`model ${auc}`, "model.txt");
    await run.end();
  }
});
afterAll(() => removeFolder(folder));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

test("best prints a run with its params, metrics and files, and all of it for programs", async () => {
  const { code, stdout } = await runferry("best", "ctr", "--by", "auc:max");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^best by auc: ctr\/run_002\n {2}lr = 0\.09+8?\n/);
  expect(stdout).toContain("  auc: 1.8\n");
  expect(stdout).toMatch(/^ {2}model\.txt {2}9 B {2}\S+\/artifacts\/model\.txt$/m);
  expect(stdout).not.toContain("sk-abc");
  const json = JSON.parse((await runferry("best", "--by", "auc:min", "--json")).stdout);
  expect(json).toMatchObject({ name: "run_001", metrics: { auc: { last: 1.4 } }, artifacts: [{ name: "model.txt" }] });
  expect((await runferry("best", "ctr")).stderr).toContain("write for example --by test_auc:max");
  expect((await runferry("best", "ctr", "--by", "acu:max")).stderr).toContain("did you mean auc?");
  expect((await runferry("best", "run_003", "--by", "auc:max")).stderr).toContain("auc is NaN in every run");
});

test("what no run can be sorted by is an error that names what they have", async () => {
  const { code, stderr } = await runferry("ls", "--sort", "nosuch");
  expect(code).toBe(2);
  expect(stderr).toContain("none of these runs has nosuch to be sorted by");
  expect(stderr).toContain("sort by start_time, end_time, status, run_name, metrics.auc, params.lr");
  expect((await runferry("ls", "--sort", "metrics.lr")).code).toBe(2);
  for (const field of ["metrics.auc desc", "auc", "start_time", "tags.team, params.lr"]) {
    expect((await runferry("ls", "--sort", field)).code, field).toBe(0);
  }
});

test("a place of a narrow table keeps its end, and differences name theirs", async () => {
  const [one, other] = ["local:a_folder_with_a_long_name/first", "tensorboard:a_folder_with_a_long_name/second"];
  const places = ["--to", one, "--to", other];
  const wide = await runferry("export", ...places);
  expect(wide.code, wide.stderr).toBe(0);
  expect(wide.stdout).toContain(`  ${other}: 3 left out: `);
  const narrow = { COLUMNS: "60" };
  const status = await runferryIn(folder, ["status"], narrow);
  const planned = await runferryIn(folder, ["plan", "lab", ...places], narrow);
  for (const { stdout } of [status, planned]) {
    expect(stdout).toMatch(/…\S*first /);
    expect(stdout).toMatch(/…\S*second /);
  }
  expect(planned.stdout).toContain(`  ${other}: `);
  for (const line of status.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
});

test("what is still being delivered is behind and not different; there is no proof of what was not delivered", async () => {
  const to = ["--to", "local:grown"];
  expect((await runferry("export", "run_001", ...to)).stderr).toContain(
    "proof: runferry verify run_001 --to local:grown",
  );
  const store = openStore(join(folder, "runferry"));
  const run = openReader(store).getRun("run_001");
  const writer = store.run(run.id).writer();
  writer.append({ kind: "metrics.logged", step: 9, values: { auc: 1 } });
  await writer.close();
  const verified = await runferry("verify", "run_001", ...to);
  expect(verified.code).toBe(1);
  expect(verified.stdout).toContain("ctr/run_001  1 event behind; ");
  expect(verified.stdout).toMatch(/^local:grown: 1 run, 4 points, 1 file by sizes: 1 behind$/m);
  const live = startRun(
    { dir: store.folder, experiment: "ctr", name: "live", backend: "local:grown", quiet: true },
    { environment: { RUNFERRY_DELIVERY: "off" }, cwd: folder },
  );
  await live.end();
  expect((await runferry("verify", "live", ...to)).stdout).toMatch(/^ctr\/live {2}\d events behind; /m);
  const lease = store.deliveries.lease(run.id, await destinationName("local", join(folder, "grown")));
  const refused = await runferry("export", "run_001", ...to);
  expect(refused.code).toBe(1);
  expect(refused.stderr).not.toContain("proof");
  lease.release();
  await runferry("export", "run_001", ...to);
  expect((await runferry("verify", "run_001", ...to)).stdout).toContain(": 1 equal");
});

test("a source that is taken in again under another time zone is said to be there twice", async () => {
  const take = (zone: string) => runferry("import", "lab", "--timezone", zone, "--dir", "zones");
  expect((await take("UTC")).stderr).not.toContain("twice");
  expect((await take("UTC")).stderr).not.toContain("twice");
  const second = await take("Asia/Tokyo");
  expect(second.stderr).toMatch(/3 runs are in the store twice now, read in two time zones: .* is \w{26} and \w{26}\./);
  expect(second.stderr).toMatch(/take the second ones back: runferry rm \w{26} …/);
});
