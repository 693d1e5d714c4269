import { closeSync, openSync, readSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { RunferryError } from "@runferry/core";
import type { Layout } from "../layout.ts";
import { createArtifactPlaces } from "./artifact-places.ts";
import { type Database, openDatabase } from "./database.ts";
import { databaseRecords } from "./database-records.ts";
import { storedRuns } from "./stored-runs.ts";

/** MLflow's database, SQLite, with the artifacts beside it. */
export const mlflowDb: Layout = {
  name: "mlflow-db",
  mark: "mlflow.db, or the path of such a database",
  async detect(folder) {
    const path = databaseIn(folder);
    if (path === undefined) return false;
    const db = await openDatabase(path);
    try {
      return tablesOf(db).has("runs");
    } finally {
      db.close();
    }
  },
  source(folder, options = {}) {
    const path = databaseIn(folder) ?? join(resolve(folder), "mlflow.db");
    const root = dirname(path);
    return storedRuns(async () => {
      const db = await openDatabase(path);
      const tables = tablesOf(db);
      if (!["experiments", "runs"].every((name) => tables.has(name))) throw unknownSchema(path);
      return databaseRecords(db, root, createArtifactPlaces(root, options.artifactRoots));
    }, options);
  },
};

function tablesOf(db: Database): ReadonlySet<string> {
  return new Set(db.all("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => String(name)));
}

/** The file itself, or `mlflow.db` in the folder, where it begins as SQLite's files do. */
function databaseIn(folder: string): string | undefined {
  return [resolve(folder), join(resolve(folder), "mlflow.db")].find(isDatabase);
}

function isDatabase(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const head = Buffer.alloc(16);
  const file = openSync(path, "r");
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  return head.toString("latin1", 0, 15) === "SQLite format 3";
}

function unknownSchema(path: string): RunferryError {
  return new RunferryError("not_found", `${path} has no tables experiments and runs`, {
    hint: "name MLflow's database, or its server: mlflow:http://…",
    data: "nothing was read or changed",
  });
}
