import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "./postgres.ts";
import { freePort } from "./server.ts";
import { fixedTables, type Storage } from "./sqlite-storage.ts";

/** PostgreSQL, and files in a bucket of an S3 that a Python package plays. */
export async function postgresStorage(python: string): Promise<Storage> {
  const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-postgres-"));
  const postgres = await startPostgres(python);
  const bucket = await startBucket(python);
  return {
    folder,
    database: postgres.address,
    artifacts: "s3://runs/artifacts",
    env: {
      MLFLOW_S3_ENDPOINT_URL: bucket.endpoint,
      AWS_ACCESS_KEY_ID: "runferry",
      AWS_SECRET_ACCESS_KEY: "runferry",
      AWS_DEFAULT_REGION: "us-east-1",
    },
    async empty() {
      const tables = tablesOf().map((name) => `"${name}"`);
      const others = tables.filter((name) => name !== '"experiments"');
      // Replica: the order of tables does not matter, as foreign keys are not looked at.
      const deletes = others.map((name) => `DELETE FROM ${name};`).join("");
      postgres.query(
        `SET session_replication_role = replica; ${deletes} DELETE FROM experiments WHERE experiment_id != 0;`,
      );
      await bucket.empty();
    },
    async dump() {
      const rows = tablesOf().map((name) => postgres.query(`SELECT row_to_json(t) FROM "${name}" t`));
      return [...rows, ...(await bucket.dump())].join("\n");
    },
    async stop() {
      await bucket.stop();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  function tablesOf(): readonly string[] {
    const names = postgres.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").trim().split("\n");
    return names.filter((name) => !fixedTables.test(name));
  }
}

interface Bucket {
  readonly endpoint: string;
  empty(): Promise<void>;
  dump(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

async function startBucket(python: string): Promise<Bucket> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = `${endpoint}/runs`;
  const words = ["-W", "ignore", "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", String(port)];
  const child = spawn(python, words, { stdio: "ignore" });
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries === 300) throw new Error("moto did not start");
    if ((await fetch(bucket, { method: "PUT" }).catch(() => undefined))?.ok) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  return {
    endpoint,
    async empty() {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
      await fetch(bucket, { method: "PUT" });
    },
    async dump() {
      const listed = await (await fetch(`${bucket}?list-type=2`)).text();
      const keys = [...listed.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key!);
      return Promise.all(keys.map(async (key) => `${key}\n${await (await fetch(`${bucket}/${key}`)).text()}`));
    },
    async stop() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
