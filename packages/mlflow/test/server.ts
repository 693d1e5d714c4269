import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { type Storage, sqliteStorage } from "./sqlite-storage.ts";

/** An MLflow server of its own, on a free port of the loopback. */
export interface MlflowServer {
  readonly url: string;
  readonly python: string;
  readonly folder: string;
  /** Takes everything out of it, which is faster than another server. */
  empty(): Promise<void>;
  /** Everything it holds, as text. */
  dump(): Promise<string>;
  /** Kills it and starts it again, at the same address over the same storage. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Default: SQLite and files in a temporary folder. */
  readonly storage?: Storage;
  /** Further words for `mlflow server`. Default: one worker. */
  readonly words?: readonly string[];
  readonly env?: { readonly [name: string]: string };
}

export async function startMlflow(python: string, options: ServerOptions = {}): Promise<MlflowServer> {
  const { storage = sqliteStorage(), words = ["--workers", "1"], env = {} } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<ChildProcess> => {
    const place = ["--backend-store-uri", storage.database, "--artifacts-destination", storage.artifacts];
    const listen = ["--host", "127.0.0.1", "--port", String(port)];
    const child = spawn(python, ["-W", "ignore", "-m", "mlflow", "server", ...listen, ...place, ...words], {
      cwd: storage.folder,
      env: {
        ...process.env,
        MLFLOW_DISABLE_TELEMETRY: "true",
        DO_NOT_TRACK: "true",
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
        ...storage.env,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    try {
      await ready(child, url);
    } catch (cause) {
      if (child.exitCode === null) await kill(child);
      throw cause;
    }
    return child;
  };
  let child = await start().catch(async (cause: unknown) => {
    await storage.stop();
    throw cause;
  });
  return {
    url,
    python,
    folder: storage.folder,
    empty: storage.empty,
    dump: storage.dump,
    async restart() {
      await kill(child);
      child = await start();
    },
    async stop() {
      await kill(child);
      await storage.stop();
    },
  };
}

/** The server and its workers. */
async function kill(child: ChildProcess): Promise<void> {
  const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
  process.kill(-child.pid!, "SIGKILL");
  await exited;
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (part) => (said = (said + part).slice(-5000)));
  const patience = Date.now() + 150_000; // a busy machine takes a minute to import it
  while (Date.now() < patience && child.exitCode === null) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`MLflow did not start:\n${said}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
