import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";

export interface RealServer {
  readonly url: string;
  readonly folder: string;
  /** Takes everything out of it. */
  empty(): Promise<void>;
}

const program = join(import.meta.dirname, "../../../packages/mlflow/test/serve.ts");

/** A real MLflow server for the tests of a file. */
export function mlflowServer(): () => RealServer {
  let child: ChildProcess | undefined;
  let server: RealServer | undefined;
  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    const { python } = needPeer({ skip } as Parameters<typeof needPeer>[0], "mlflow");
    child = spawn(process.execPath, ["--no-warnings", program, python], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout! });
    const [line] = (await once(lines, "line")) as [string];
    const input = child.stdin!;
    server = {
      ...(JSON.parse(line) as Pick<RealServer, "url" | "folder">),
      async empty() {
        const emptied = once(lines, "line");
        input.write("empty\n");
        await emptied;
      },
    };
  }, 120_000);
  afterAll(async () => {
    if (!child) return;
    child.stdin!.end();
    await once(child, "exit");
  }, 30_000);
  return () => server!;
}

export interface Guard {
  readonly url: string;
  /** Requests that may change something, as `POST /path`. */
  readonly changes: string[];
  /** The path of every request. */
  readonly paths: string[];
  /** Answers 413 to what is sent below a path, as a proxy with a limit does. */
  tooLarge: RegExp | undefined;
  close(): void;
}

/** A proxy before a server that lets in who has the authorization, and answers others as MLflow's own log-in does. */
export async function startGuard(target: string, authorization?: string): Promise<Guard> {
  const changes: string[] = [];
  const paths: string[] = [];
  const { hostname, port } = new URL(target);

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url: path = "/" } = incoming;
    paths.push(path);
    if (authorization !== undefined && incoming.headers.authorization !== authorization) {
      outgoing.writeHead(401, { "www-authenticate": 'Basic realm="mlflow"' }).end("You are not authenticated.");
      incoming.resume();
      return;
    }
    if (method !== "GET" && guard.tooLarge?.test(path)) {
      incoming.resume().once("end", () => outgoing.writeHead(413).end("<html>413 Request Entity Too Large</html>"));
      return;
    }
    if (method !== "GET" && !path.endsWith("/search")) changes.push(`${method} ${path}`);
    const passed = request({ hostname, port, method, path, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  }

  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  const guard: Guard = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    paths,
    tooLarge: undefined,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return guard;
}
