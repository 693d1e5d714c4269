import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Where a server keeps what it is told. */
export interface Storage {
  /** For whatever else lies on the disk. */
  readonly folder: string;
  /** `--backend-store-uri` */
  readonly database: string;
  /** `--artifacts-destination` */
  readonly artifacts: string;
  readonly env?: { readonly [name: string]: string };
  empty(): Promise<void>;
  dump(): Promise<string>;
  stop(): Promise<void>;
}

/** SQLite, and files in a folder. */
export function sqliteStorage(): Storage {
  const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-"));
  const database = join(folder, "mlflow.db");
  const artifacts = join(folder, "artifacts");
  mkdirSync(artifacts);
  return {
    folder,
    database: `sqlite:///${database}`,
    artifacts,
    async empty() {
      const db = new DatabaseSync(database);
      db.exec("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE");
      for (const table of tablesOf(db)) {
        const kept = table === "experiments" ? " WHERE experiment_id != 0" : "";
        db.exec(`DELETE FROM "${table}"${kept}`);
      }
      db.exec("COMMIT");
      db.close();
      rmSync(artifacts, { recursive: true, force: true });
      mkdirSync(artifacts);
    },
    async dump() {
      const db = new DatabaseSync(database, { readOnly: true });
      const rows = tablesOf(db).flatMap((table) => db.prepare(`SELECT * FROM "${table}"`).all());
      db.close();
      const files = globSync("**", { cwd: artifacts }).filter((path) => statSync(join(artifacts, path)).isFile());
      const texts = files.map((path) => `${path}\n${readFileSync(join(artifacts, path), "utf8")}`);
      return [...rows.map((row) => JSON.stringify(row)), ...texts].join("\n");
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Tables that MLflow fills when it makes the database, and whose rows stay. */
export const fixedTables = /^(alembic_version|sqlite_.*|workspaces)$/;

function tablesOf(db: DatabaseSync): readonly string[] {
  const rows = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  return rows.map(({ name }) => name).filter((name) => !fixedTables.test(name));
}
