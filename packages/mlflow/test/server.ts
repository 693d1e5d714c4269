import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** An MLflow server of its own on SQLite, on a free port of the loopback. */
export interface MlflowServer {
  readonly url: string;
  readonly python: string;
  readonly folder: string;
  /** Takes everything out of it, which is faster than another server. */
  empty(): void;
  /** Everything it holds, as text. */
  dump(): string;
  stop(): Promise<void>;
}

export interface StoreToServe {
  /** As `--backend-store-uri` takes it. */
  readonly uri: string;
  readonly artifacts: string;
}

/** `store` is what it serves instead of a store of its own: one in a folder that is there. */
export async function startMlflow(python: string, store?: StoreToServe): Promise<MlflowServer> {
  const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-"));
  const port = await freePort();
  const database = join(folder, "mlflow.db");
  const artifacts = store?.artifacts ?? join(folder, "artifacts");
  mkdirSync(artifacts, { recursive: true });
  const words = ["-W", "ignore", "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port)];
  const place = [
    "--backend-store-uri",
    store?.uri ?? `sqlite:///${database}`,
    "--artifacts-destination",
    artifacts,
    "--workers",
    "1",
  ];
  const env = {
    ...process.env,
    MLFLOW_DISABLE_TELEMETRY: "true",
    DO_NOT_TRACK: "true",
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
    MLFLOW_ALLOW_FILE_STORE: "true",
  };
  const child = spawn(python, [...words, ...place], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await ready(child, url);
  return {
    url,
    python,
    folder,
    empty() {
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
    dump() {
      const db = new DatabaseSync(database, { readOnly: true });
      const rows = tablesOf(db).flatMap((table) => db.prepare(`SELECT * FROM "${table}"`).all());
      db.close();
      const files = globSync("**", { cwd: artifacts }).filter((path) => statSync(join(artifacts, path)).isFile());
      const texts = files.map((path) => `${path}\n${readFileSync(join(artifacts, path), "utf8")}`);
      return [...rows.map((row) => JSON.stringify(row)), ...texts].join("\n");
    },
    async stop() {
      process.kill(-child.pid!, "SIGKILL"); // the server and its worker
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Not those that MLflow fills when it makes the database. */
function tablesOf(db: DatabaseSync): readonly string[] {
  const rows = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  return rows.map(({ name }) => name).filter((name) => !/^(alembic_version|sqlite_.*|workspaces)$/.test(name));
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (part) => (said = (said + part).slice(-5000)));
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`MLflow did not start:\n${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
