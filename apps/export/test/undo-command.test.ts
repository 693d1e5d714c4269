import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { openReader } from "@runferry/tracker";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { program, runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let server: WandbServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-undo-"));
  writeFileSync(join(folder, "package.json"), "{}");
  cpSync(join(import.meta.dirname, "../../../test-fixtures/layouts/lab"), join(folder, "lab"), { recursive: true });
  server = await startWandbServer({ strict: true });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const runferry = (...words: readonly string[]) =>
  runferryIn(folder, words, { HOME: folder, WANDB_BASE_URL: server.url, WANDB_API_KEY: server.apiKey });
const names = (dir: string) =>
  openReader(join(folder, dir))
    .runs()
    .map(({ name }) => name)
    .sort();
const files = (dir: string) =>
  readdirSync(join(folder, dir), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

async function migrate(...words: readonly string[]): Promise<string> {
  const { stderr, stdout, code } = await runferry("migrate", "lab", "--timezone", "UTC", ...words);
  expect(code, stdout + stderr).toBe(0);
  return /undo {2}runferry undo (\S+)/.exec(stderr)![1]!;
}

test("takes back exactly what the migration made, wherever it went, after it was asked", async () => {
  const places = [
    "tensorboard:tb",
    "local:copy",
    "wandb-offline:offline",
    "csv:csv",
    "parquet:lake",
    `wandb:${server.entity}/lab`,
  ];
  const to = places.flatMap((place) => ["--to", place]);
  // What was there before stays.
  await migrate("--run", "run_001", "--to", "tensorboard:tb", "--to", "local:copy");
  const before = { tb: files("tb"), copy: names("copy"), store: names("runferry") };
  const report = await migrate(...to);
  expect(names("copy")).toHaveLength(3);
  const asked = await runferry("undo", report);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("add --yes");
  expect(asked.stdout).toContain("local:copy: 2 runs to the trash of that store");
  expect(asked.stdout).toContain(`wandb:${server.entity}/lab: 3 runs deleted for good`);
  expect(names("copy")).toHaveLength(3);
  const undone = await runferry("undo", report, "--yes");
  expect(undone.code, undone.stdout + undone.stderr).toBe(0);
  expect({ tb: files("tb"), copy: names("copy"), store: names("runferry") }).toEqual(before);
  expect(files("offline")).toBe(0);
  expect([files("csv"), files("lake")]).toEqual([1, 1]); // what says that the folder is ours
  for (const place of places) {
    const verified = await runferry("verify", "--to", place, "--dir", "runferry");
    expect(verified.stdout, place).toContain(/^(?:tb|local|tensor)/.test(place) ? "1 run" : "1 missing");
  }
  expect(files("tb.trash")).toBeGreaterThan(0);
  for (const dir of ["offline", "csv", "lake"]) expect(files(`${dir}.trash`), dir).toBeGreaterThan(0);
  const again = await runferry("undo", report, "--yes");
  expect(again.stderr).toContain("nothing was taken away; the sources were never touched");
  // And it can be done anew.
  await migrate("--to", "tensorboard:tb", "--to", "local:copy", "--to", "wandb-offline:offline", "--to", "csv:csv");
});

test("what has changed since stays, and is named", async () => {
  const report = await migrate("--to", "local:other", "--to", "tensorboard:tb2", "--dir", "second");
  const store = openStore(join(folder, "other"));
  const runs = openReader(store).runs({ orderBy: "run_name" });
  const [one, two, three] = runs.map(({ id }) => id) as [string, string, string];
  const [first, second] = runs.map(({ experiment, name }) => `${experiment}/${name}`);
  const writer = store.run(one).writer();
  writer.append({ kind: "tags.set", values: { reviewed: "by kim" } });
  await writer.close();
  expect((await runferry("export", two, "--to", "local:third", "--dir", "second")).code).toBe(0);
  const undone = await runferry("undo", report, "--yes", "--dir", "second");
  expect(undone.code).toBe(1);
  expect(undone.stdout).toContain(`  ${first} stays at local:other: something was added there: tag reviewed`);
  expect(undone.stdout).toContain(`  ${first} stays in the store: its copy at local:other stays`);
  expect(undone.stderr).toContain("6 copies taken away, 3 kept"); // of three runs
  expect(undone.stdout).toContain(`  ${second} stays in the store: it was also delivered elsewhere`);
  const ids = (dir: string) =>
    openReader(join(folder, dir))
      .runs()
      .map(({ id }) => id);
  expect(ids("other")).toEqual([one]);
  expect(new Set(ids("second"))).toEqual(new Set([one, two]));
  expect(ids("third")).toEqual([two]);
  expect(three).not.toBe(one);
});

test("a project that was copied takes nothing from the original", async () => {
  const report = await migrate("--to", "local:mine", "--dir", "original");
  const twin = join(folder, "twin");
  cpSync(join(folder, "original"), join(twin, "original"), { recursive: true });
  cpSync(join(folder, "mine"), join(twin, "mine"), { recursive: true });
  const { code, stdout } = await runferryIn(twin, ["undo", report, "--yes", "--dir", "original"], { HOME: folder });
  expect([code, stdout]).toEqual([1, expect.stringContaining("local:mine is another place here")]);
  expect([names("mine"), names("twin/mine")].map(({ length }) => length)).toEqual([3, 3]);
});

test("a report that is not there is an error", async () => {
  for (const name of ["20200101-000000", "../second/reports/x"]) {
    const { code, stderr } = await runferry("undo", name, "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("there is no record of a migration");
  }
});

test("a migration that was killed in the middle has an undo for what had arrived", async () => {
  const records: { [run: string]: object } = {};
  for (let n = 0; n < 300; n++) {
    const id = `run_${n}`;
    records[id] = {
      run_id: id,
      experiment_name: "many",
      created_at: `2024-11-15T10:00:00.${String(n).padStart(3, "0")}`,
    };
    mkdirSync(join(folder, "large/runs", id), { recursive: true });
    writeFileSync(join(folder, "large/runs", id, "metrics.json"), JSON.stringify({ loss: [{ step: 1, value: n }] }));
  }
  writeFileSync(join(folder, "large/metadata.json"), JSON.stringify(records));
  const line = ["migrate", "large", "--timezone", "UTC", "--to", "local:cut", "--dir", "killed"];
  await migrate("--to", "local:cut", "--dir", "killed"); // what was there before stays
  const before = { copy: names("cut"), store: names("killed") };
  const child = spawn(process.execPath, [program, ...line], { cwd: folder, stdio: "ignore" });
  const ended = once(child, "exit");
  const runs = () => readdirSync(join(folder, "cut/runs")).length;
  await vi.waitFor(() => expect(runs()).toBeGreaterThan(before.copy.length), { timeout: 60_000, interval: 5 });
  child.kill("SIGSTOP");
  const all = await runferry("undo", "--dir", "killed");
  const cutOff = /^(\S+) {2}came to no end$/m.exec(all.stdout)?.[1];
  const tooEarly = await runferry("undo", cutOff!, "--yes", "--dir", "killed");
  expect([tooEarly.code, tooEarly.stderr]).toEqual([1, expect.stringContaining("goes on: process")]);
  child.kill("SIGKILL");
  await ended;
  const undone = await runferry("undo", cutOff!, "--yes", "--dir", "killed");
  expect(undone.code, undone.stdout + undone.stderr).toBe(0);
  expect({ copy: names("cut"), store: names("killed") }).toEqual(before);
  expect((await runferry(...line)).code).toBe(0); // and it can be done anew
  expect(names("cut")).toHaveLength(303);
});
