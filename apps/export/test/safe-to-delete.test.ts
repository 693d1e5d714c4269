import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { openStore } from "@runferry/local";
import { openReader } from "@runferry/tracker";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { importFrom } from "../src/import-from.ts";
import { runferryAsAnybody, runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

const folders: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-safe-"));
  folders.push(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  cpSync(join(import.meta.dirname, "../../../test-fixtures/layouts/lab"), join(folder, "lab"), { recursive: true });
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true, force: true });
});

const runferry = (...words: readonly string[]) => runferryIn(folder, words);
const safe = () => runferry("verify", "--safe-to-delete");
const migrate = (...to: readonly string[]) => runferry("migrate", "lab", "--timezone", "Asia/Tokyo", ...to);

test("a folder may go once every byte of it was read back from somewhere", async () => {
  await migrate("--to", "tensorboard:tb");
  const half = await safe();
  expect(half.code).toBe(1);
  expect(half.stdout).toContain(`stays   ${join(folder, "lab")}`);
  expect(half.stdout).toMatch(/^ {2}\S+\/run_00\d is whole nowhere \(tensorboard:\S+ leaves out: artifact/m);
  await migrate("--to", "local:copy");
  const whole = await safe();
  expect(whole.code, whole.stdout + whole.stderr).toBe(0);
  expect(whole.stdout).toMatch(
    new RegExp(
      `^may go {2}${join(folder, "lab")} {2}3 runs, \\d+ files, .*, all of it at local:${join(folder, "copy")}$`,
      "m",
    ),
  );
  expect(whole.stderr).toContain("nothing was deleted");
  const told = (await runferry("verify", "--safe-to-delete", "--json")).stderr.trimEnd().split("\n");
  const lines = told.map((line) => JSON.parse(line) as { type: string; stage: string; done: number; isOver: boolean });
  const ends = lines.filter(({ type, isOver }) => type === "progress" && isOver);
  expect(ends.map(({ stage, done }) => [stage, done])).toEqual([
    ["read", 3],
    ["verify", 3],
    ["verify", 3],
  ]);
});

test("a folder that sync or a program took in is known as well", async () => {
  await runferry("sync", "--from", "lab", "--timezone", "Asia/Tokyo", "--to", "local:copy");
  const synced = await safe();
  expect([synced.code, synced.stdout], synced.stderr).toEqual([
    0,
    expect.stringContaining(`may go  ${join(folder, "lab")}`),
  ]);
  const dir = join(folder, "other");
  const imported = await importFrom(join(folder, "lab"), { dir, timezone: "Asia/Tokyo" });
  const store = openStore(dir, { create: false });
  expect(imported.map(({ run }) => store.run(run).takenFrom)).toEqual(
    imported.map(() => ({ folder: join(folder, "lab"), zone: "Asia/Tokyo" })),
  );
});

test("a folder of which a part may not be looked at stays", async () => {
  await migrate("--to", "local:copy");
  const closed = join(folder, "lab/closed");
  mkdirSync(closed, { mode: 0o000 });
  const { code, out, err } = runferryAsAnybody(folder, ["verify", "--safe-to-delete"]);
  expect(code, out + err).toBe(1);
  expect(out).toMatch(/^ {2}not all of it can be looked at: EACCES.*closed'$/m);
  const below = runferryAsAnybody(folder, ["verify", "--to", "csv:lab/closed/tables"]);
  expect(below.code, below.err).toBe(3);
  expect(below.err).toMatch(/^runferry: csv:\S+ cannot be looked at: EACCES.*\[unavailable\]\n {2}what to do: give/);
});

test.each<[string, () => void, RegExp]>([
  [
    "a file beside the runs",
    () => writeFileSync(join(folder, "lab/notes.txt"), "x"),
    /^ {2}notes\.txt is part of no run$/m,
  ],
  [
    "a run that has gone on since",
    () => writeFileSync(join(folder, "lab/runs/run_001/params.json"), '{"lr": 7}'),
    /run_001 is not what was taken in: param lr: here 7/,
  ],
  [
    "a run that came since",
    () => cpSync(join(folder, "lab/runs/run_001"), join(folder, "lab/runs/run_009"), { recursive: true }),
    /run_009 was not taken in/,
  ],
  [
    "a file that was damaged",
    () => writeFileSync(join(folder, "lab/runs/run_001/metrics.json"), '{"loss": [{"st'),
    /run_001: 1 × /,
  ],
  [
    "a byte of a copy",
    () => {
      const run = openReader(join(folder, "copy"))
        .runs()
        .find(({ artifacts }) => artifacts.length > 0)!;
      const { path, bytes } = run.artifact(run.artifacts[0]!.name);
      writeFileSync(path, "x".repeat(bytes));
    },
    /is whole nowhere \(local:\S+: different\)/,
  ],
])("a folder stays for %s", async (_name, change, reason) => {
  const moved = await migrate("--to", "local:copy");
  expect(moved.code, moved.stdout + moved.stderr).toBe(0);
  expect((await safe()).code).toBe(0);
  change();
  const { code, stdout } = await safe();
  expect(code).toBe(1);
  expect(stdout).toMatch(/^stays /m);
  expect(stdout).toMatch(reason);
});

test("a store of MLflow's may go once nothing is in it that is of no run", async () => {
  cpSync(join(import.meta.dirname, "../../../test-fixtures/mlflow/mlruns"), join(folder, "mlruns"), {
    recursive: true,
  });
  const [away] = globSync("*/a170b33839264059b28c105d1fb17c23", { cwd: join(folder, "mlruns") });
  rmSync(join(folder, "mlruns", away!), { recursive: true }); // its files are in a bucket that nobody has
  const { code, stdout, stderr } = await runferry("migrate", "mlruns", "--deleted", "--to", "local:copy");
  expect(code, stdout + stderr).toBe(0);
  const folders = async () =>
    JSON.parse((await runferry("verify", "--safe-to-delete", "--json")).stdout) as readonly {
      readonly runs: number;
      readonly files: number;
      readonly reasons: readonly string[];
    }[];
  const ofNoRun = ["0/meta.yaml", `${dirname(away!)}/meta.yaml`, "models/classifier/meta.yaml"];
  expect(await folders()).toMatchObject([
    { runs: 6, files: 4, reasons: ofNoRun.map((path) => `${path} is part of no run`) },
  ]);
  for (const path of ofNoRun) rmSync(join(folder, "mlruns", path));
  expect(await folders()).toMatchObject([{ runs: 6, files: 4, reasons: [] }]);
});

test("a database holds more than runs, and stays", async () => {
  cpSync(join(import.meta.dirname, "../../../test-fixtures/mlflow/database"), join(folder, "database"), {
    recursive: true,
  });
  const database = join(folder, "database/mlflow.db");
  writeFileSync(database, gunzipSync(readFileSync(`${database}.gz`)));
  for (const from of ["database", "database/mlflow.db"]) {
    await runferry("migrate", from, "--to", "local:copy", "--dir", `${from}-store`);
    const { code, stdout } = await runferry("verify", "--safe-to-delete", "--dir", `${from}-store`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/: this store holds more than runs/);
  }
});

test("where it is not told what runs were read from, the folder stays, and no file is said to be of none", async () => {
  const trainers = join(import.meta.dirname, "../../../test-fixtures/trainers/lightning");
  cpSync(trainers, join(folder, "trained"), { recursive: true });
  await runferry("migrate", "trained", "--to", "local:copy");
  const { code, stdout } = await safe();
  expect(code).toBe(1);
  expect(stdout).toContain("does not tell what they were read from");
  expect(stdout).not.toContain("is part of no run");
});
