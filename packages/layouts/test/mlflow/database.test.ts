import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fold } from "@runferry/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLayout, mlflowDb } from "../../src/index.ts";
import { digestOf } from "../stores.ts";
import { copyStore, readStore, type StoreCopy } from "./stores.ts";

let copy: StoreCopy;
let path: string;

beforeEach(() => {
  copy = copyStore("mlflow-db");
  path = join(copy.folder, "mlflow.db");
});

afterEach(() => copy.remove());

const best = "sweep: 'best' # 1";
const names = ["sweep: 'best' # 1", "child", "still running", "away", "ours"];
const copiesLeft = () => readdirSync(tmpdir()).filter((name) => name.startsWith("runferry-db-"));

/** Reads with a digest of the folder before and after: no byte and no file may come or go. */
async function readUnchanged() {
  const before = digestOf(copy.folder);
  const runs = await readStore(copy.folder, mlflowDb);
  expect(digestOf(copy.folder)).toBe(before);
  return runs;
}

function change(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

test("a database of any name is a store, given by its path", async () => {
  renameSync(path, join(copy.folder, "tracking.sqlite"));
  expect(await findLayout(copy.folder)).toBeUndefined();
  const file = join(copy.folder, "tracking.sqlite");
  expect((await findLayout(file))?.name).toBe("mlflow-db");
  expect([...(await readStore(file, mlflowDb)).keys()].sort()).toEqual([...names].sort());
});

test("one with a log beside it is read as it stands, with what is only in the log, and left as it is", async () => {
  change("PRAGMA journal_mode = WAL");
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_autocheckpoint = 0; UPDATE runs SET name = 'in the log' WHERE name = 'child'");
  expect(readdirSync(copy.folder)).toContain("mlflow.db-wal");
  const runs = await readUnchanged();
  expect([...runs.keys()]).toContain("in the log");
  db.close();
  expect(copiesLeft()).toEqual([]);
});

test("one that keeps a log, and is closed, gets no log from being read", async () => {
  change("PRAGMA journal_mode = WAL");
  expect(readdirSync(copy.folder)).not.toContain("mlflow.db-wal");
  expect((await readUnchanged()).size).toBe(5);
  expect(readdirSync(copy.folder)).not.toContain("mlflow.db-wal");
});

test("one that another process has locked is read as it was before", { timeout: 60_000 }, async () => {
  const db = new DatabaseSync(path);
  db.exec("BEGIN EXCLUSIVE; UPDATE runs SET name = 'not yet' WHERE name = 'child'");
  const runs = await readUnchanged();
  expect([...runs.keys()].sort()).toEqual([...names].sort());
  db.exec("ROLLBACK");
  db.close();
  expect(copiesLeft()).toEqual([]);
});

test("a writer that was killed in the middle leaves a journal, which is heeded and stays", async () => {
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1]);
    db.exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE runs SET name = 'half'; UPDATE metrics SET value = 7");
    db.exec("CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n");
    process.kill(process.pid, "SIGKILL");`;
  spawnSync(process.execPath, ["--no-warnings", "-e", script, path]);
  expect(readdirSync(copy.folder)).toContain("mlflow.db-journal");
  const runs = await readUnchanged();
  expect([...runs.keys()].sort()).toEqual([...names].sort());
  const loss = [...runs.get(best)!.view.metrics.get("loss")!.series.points()].map(({ value }) => value);
  expect(loss).not.toContain(7);
});

test("a newer schema with more columns and tables is read, and an older one without some of them", async () => {
  change(`ALTER TABLE runs ADD COLUMN colour TEXT; CREATE TABLE things (id INTEGER);
    UPDATE alembic_version SET version_num = 'ffffffffffff'`);
  expect((await readUnchanged()).size).toBe(5);
  change(`DROP TABLE logged_models; DROP TABLE input_tags; DROP TABLE inputs; DROP TABLE registered_model_aliases`);
  const { view, lost } = (await readUnchanged()).get(best)!;
  expect(view.models).toEqual([]);
  expect(view.registered).toHaveLength(2);
  expect(lost).toEqual([]);
});

test("a database of something else is no store", async () => {
  change("PRAGMA foreign_keys = OFF; DROP TABLE runs");
  expect(await findLayout(copy.folder)).toBeUndefined();
  await expect(readStore(copy.folder, mlflowDb)).rejects.toMatchObject({ code: "not_found" });
});

/** Overwrites the pages of a table or an index. */
function spoil(name: string, chosen: (pages: readonly number[]) => readonly number[] = (pages) => pages): void {
  const db = new DatabaseSync(path);
  const select = db.prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno");
  const pages = (select.all(name) as { pageno: number }[]).map(({ pageno }) => pageno);
  db.close();
  const file = openSync(path, "r+");
  for (const page of chosen(pages)) writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, (page - 1) * 4096);
  closeSync(file);
}

test("a damaged table is told with its runs, and everything else is read", async () => {
  spoil("params");
  const { view, lost } = (await readUnchanged()).get(best)!;
  expect([...view.params.keys()].sort()).toEqual(["lr", "model", "none", "seed", "tags"]); // Hydra's
  expect(view.metrics.get("loss")!.series.length).toBe(60);
  expect(lost).toMatchObject([
    { reason: expect.stringMatching(/^rows of params cannot be read: .*malformed/), where: "mlflow.db" },
  ]);
});

test("points are read by the index where their table is damaged, and told where both are", async () => {
  spoil("metrics");
  const saved = (await readUnchanged()).get(best)!;
  expect(saved.view.metrics.get("loss")!.series.length).toBe(60);
  expect(saved.lost).toEqual([]);
  spoil("sqlite_autoindex_metrics_1");
  const { view, lost } = (await readUnchanged()).get(best)!;
  expect(view.params.get("lr")).toBe("1e-05");
  expect(lost.map(({ reason }) => reason)).toContainEqual(
    expect.stringMatching(/^points of metric "loss" cannot be read: .*malformed/),
  );
});

test("of a damaged table of runs the others are read, and told how many are not", async () => {
  change(`INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, artifact_uri, experiment_id)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
    SELECT printf('%032d', i), 'more ' || i, 'FINISHED', 1760000001000 + i, 'active', '/tmp/x', 1 FROM n`);
  spoil("runs", (pages) => [pages[Math.floor(pages.length / 2)]!]);
  const runs = await readUnchanged();
  expect(runs.size).toBeGreaterThan(200);
  expect(runs.size).toBeLessThan(300);
  const [lost] = runs.get(best)!.lost;
  expect(lost).toMatchObject({
    count: 305 - runs.size,
    reason: expect.stringMatching(/^runs of the database cannot/),
  });
});

test("experiments whose rows are damaged go by their numbers, and their runs are all there", async () => {
  spoil("experiments");
  const { view, lost } = (await readUnchanged()).get(best)!;
  expect(view.started?.experiment).toBe("1");
  expect(view.metrics.get("loss")!.series.length).toBe(60);
  expect(lost).toMatchObject([{ reason: expect.stringMatching(/^names of experiments cannot be read/) }]);
});

test("a file that is cut off, and one that is no database, are errors that name it", async () => {
  truncateSync(path, 50_000);
  await expect(readStore(copy.folder, mlflowDb)).rejects.toMatchObject({
    message: expect.stringContaining("mlflow.db"),
  });
  truncateSync(path, 10);
  expect(await findLayout(copy.folder)).toBeUndefined();
});

test("artifacts of another machine are found beside the database, and those elsewhere where they are said to lie", async () => {
  const { view, lost } = (await readUnchanged()).get(best)!;
  const files = [".hydra/config.yaml", "net/MLmodel", "net/data/weights.bin", "notes/größe.txt"];
  expect([...view.artifacts.keys()].sort()).toEqual(files);
  expect(lost).toEqual([]);
  const kept = join(copy.folder, "..", `${copy.folder.split("/").at(-1)}-kept`);
  renameSync(join(copy.folder, "mlruns"), kept);
  try {
    expect((await readUnchanged()).get(best)!.lost).toMatchObject([
      { where: expect.stringMatching(/^\/tmp\/project/) },
    ]);
    const artifactRoots = new Map([["/tmp/project/database/mlruns", kept]]);
    const moved = (await readStore(copy.folder, mlflowDb, { artifactRoots })).get(best)!;
    expect([...moved.view.artifacts.keys()].sort()).toEqual(files);
  } finally {
    rmSync(kept, { recursive: true });
  }
});

test("a history longer than a page is given in order, and nothing of it stays in memory or on disk", async () => {
  const db = new DatabaseSync(path);
  const { run_uuid } = db.prepare("SELECT run_uuid FROM runs WHERE name = 'child'").get() as { run_uuid: string };
  db.exec("BEGIN");
  const insert = db.prepare("INSERT INTO metrics VALUES ('many', ?, ?, ?, ?, 0)");
  for (let i = 0; i < 60_000; i++) insert.run(i / 2, 1_760_000_000_000 + ((i * 7919) % 60_000), run_uuid, i);
  db.prepare("INSERT INTO latest_metrics VALUES ('many', 1, 1, 1, 0, ?)").run(run_uuid);
  db.exec("COMMIT");
  db.close();
  mkdirSync(join(copy.folder, "empty"));
  for await (const journal of mlflowDb.source(copy.folder).runs()) {
    const view = await fold(journal);
    if (view.started?.name !== "child") continue;
    expect(view.metrics.get("many")!.series.length).toBe(60_000);
    let last = 0;
    for await (const stream of journal.streams()) {
      for await (const events of stream.read()) {
        for (const { kind, at } of events) {
          if (kind !== "metrics.logged") continue;
          expect(at).toBeGreaterThanOrEqual(last);
          last = at;
        }
      }
    }
  }
  expect(readFileSync(path).length).toBeGreaterThan(1_000_000);
});
