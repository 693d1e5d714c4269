import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { copyStore, expectedRuns, type StoreKind } from "./stores.ts";

const points = 1_000_000;
const rows = 400_000;
const start = 1_760_000_000_000;

/** Reads a store in a process whose heap has no room for all the events, and counts the points of `many`. */
function countIn(folder: string): number {
  const layouts = pathToFileURL(join(import.meta.dirname, "../../src/index.ts")).href;
  const script = `
    const { findLayout } = await import(${JSON.stringify(layouts)});
    let [count, last] = [0, 0];
    for await (const journal of (await findLayout(process.argv[1])).source(process.argv[1]).runs()) {
      for await (const stream of journal.streams()) for await (const events of stream.read()) {
        for (const event of events) {
          if (event.kind !== "metrics.logged" || !("many" in event.values)) continue;
          if (event.at < last) throw new Error("time falls");
          [count, last] = [count + 1, event.at];
        }
      }
    }
    console.log(count);`;
  const flags = ["--no-warnings", "--max-old-space-size=64", "--input-type=module", "-e", script];
  return Number(execFileSync(process.execPath, [...flags, folder], { encoding: "utf8" }));
}

function copyWith(kind: StoreKind, add: (folder: string) => void): string {
  const { folder, remove } = copyStore(kind);
  onTestFinished(remove);
  add(folder);
  return folder;
}

const { address } = expectedRuns("mlruns").find(({ name }) => name === "child")!;

test("a metric of a million lines goes through a small heap", { timeout: 120_000 }, () => {
  const folder = copyWith("mlruns", (folder) => {
    const file = openSync(join(folder, address.slice("file:///tmp/project/files/".length), "../metrics/many"), "w");
    for (let i = 0; i < points; i += 10_000) {
      const lines = Array.from({ length: 10_000 }, (_, j) => `${start + i + j} ${(i + j) / 8} ${i + j}\n`);
      writeSync(file, lines.join(""));
    }
    closeSync(file);
  });
  expect(countIn(folder)).toBe(points);
});

test("a metric of many rows goes through a small heap", { timeout: 120_000 }, () => {
  const folder = copyWith("mlflow-db", (folder) => {
    const db = new DatabaseSync(join(folder, "mlflow.db"));
    db.exec(`PRAGMA synchronous = OFF; BEGIN;
      INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows - 1})
        SELECT 'many', i / 8.0, ${start} + i, run_uuid, i, 0 FROM n, runs WHERE name = 'child';
      INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
        SELECT 'many', 0, 0, 0, 0, run_uuid FROM runs WHERE name = 'child';
      COMMIT`);
    db.close();
  });
  expect(countIn(folder)).toBe(rows);
});
