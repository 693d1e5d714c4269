import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./server.ts";

/** A PostgreSQL of its own, on a free port of the loopback, from the Python package that brings one. */
export interface Postgres {
  readonly address: string;
  /** What `psql` prints, one row a line. */
  query(sql: string): string;
  stop(): Promise<void>;
}

const ask = "import embedded_postgres, os; print(os.path.dirname(embedded_postgres.__file__))";
const nobody = 65_534;

export async function startPostgres(python: string): Promise<Postgres> {
  const programs = join(execFileSync(python, ["-c", ask], { encoding: "utf8" }).trim(), "pginstall", "bin");
  const folder = mkdtempSync(join(tmpdir(), "runferry-postgres-"));
  // PostgreSQL refuses to run as root, as many a container does everything.
  const isRoot = process.getuid?.() === 0;
  const as = { cwd: folder, ...(isRoot ? { uid: nobody, gid: nobody } : {}) };
  if (isRoot) chownSync(folder, nobody, nobody);
  const data = join(folder, "data");
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], {
    ...as,
    encoding: "utf8",
    stdio: "pipe",
  });
  const port = await freePort();
  const words = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "max_connections=200"];
  const child = spawn(join(programs, "postgres"), words, { ...as, stdio: ["ignore", "ignore", "pipe"] });
  const place = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres"];
  await ready(child);
  return {
    address: `postgresql+psycopg2://postgres@127.0.0.1:${port}/postgres`,
    query: (sql) =>
      execFileSync(join(programs, "psql"), [...place, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        maxBuffer: 2 ** 30,
      }),
    async stop() {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      child.kill("SIGQUIT"); // at once, without saving: the folder goes too
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  let said = "";
  for await (const part of child.stderr!) {
    said += String(part);
    if (!said.includes("ready to accept connections")) continue;
    child.stderr!.resume();
    return;
  }
  throw new Error(`PostgreSQL did not start:\n${said}`);
}
