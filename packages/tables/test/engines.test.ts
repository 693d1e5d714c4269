import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { forward, memoryDeliveries } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
import { kinds, rowsOfTable, temporaryFolder } from "./kinds.ts";

const names = ["metrics", "params", "tags", "artifacts", "events", "runs", "runs_wide", "metrics_wide"];

describe.each(kinds)("hostile runs side by side in $kind", ({ kind, open }) => {
  const dir = temporaryFolder();
  const expected: number[] = [];

  beforeAll(async () => {
    for (const { journal } of await hostileRuns(1, { names: 500 })) {
      await forward({ journal, backend: open({ dir }), deliveries: memoryDeliveries() });
    }
    for (const table of names) expected.push(await rowsOfTable(dir, kind, table));
    expect(Math.min(...expected)).toBeGreaterThan(30);
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("DuckDB reads every row of every table, of Parquet without being told a type", (context) => {
    const { python } = needPeer(context, "duckdb");
    const program = `
import json, sys
kind, *tables = sys.argv[1:]
more = ", all_varchar = true" if kind == "csv" else ""
reading = "SELECT * FROM read_{}('{}/**/*.{}', hive_partitioning = true, union_by_name = true{})"
print(json.dumps([len(duckdb.sql(reading.format(kind, table, kind, more)).fetchall()) for table in tables]))`;
    expect(JSON.parse(askDuckdb(python, program, [kind, ...names], dir))).toEqual(expected);
  });

  test("pandas reads every row of every table", (context) => {
    const { python } = needPeer(context, "mlflow");
    const program = `
import glob, json, pandas, sys
kind, *tables = sys.argv[1:]
read = pandas.read_csv if kind == "csv" else pandas.read_parquet
files = lambda table: glob.glob(f"{table}/**/*.{kind}", recursive=True)
print(json.dumps([sum(len(read(file)) for file in files(table)) for table in tables]))
if kind == "parquet":
    for table in tables[:6]:
        assert set(pandas.read_parquet(table).columns) >= {"experiment", "run", "run_id"}, table`;
    const words = ["-W", "ignore", "-c", program, kind, ...names];
    expect(JSON.parse(execFileSync(python, words, { cwd: dir, encoding: "utf8" }))).toEqual(expected);
  });
});
