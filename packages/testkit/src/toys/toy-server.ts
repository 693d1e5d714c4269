import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { stringifyJson } from "@runferry/core";
import { createServerFaults, type FaultOptions, type ServerFaults } from "./toy-server-faults.ts";
import { type Answered, createServerRoutes } from "./toy-server-routes.ts";

export interface ToyServerOptions {
  /** Without it the network is well-behaved. */
  readonly faults?: FaultOptions;
  /** Entries with more characters than this are refused, one by one. Default: none is. */
  readonly longestEntry?: number;
  /** What a busy server asks for. Default: 0. */
  readonly retryAfterSeconds?: number;
  /** How late a late answer is. Default: 5. */
  readonly lateMs?: number;
}

/** A tracking server on loopback that makes trouble when told to. */
export interface ToyServer {
  readonly url: string;
  readonly faults: ServerFaults;
  /** From now on every request is answered with 401, or no longer. */
  setLocked(locked: boolean): void;
  /** Somebody deletes the run there. */
  removeRun(run: string): void;
  /** Everything it holds and every request it ever received. */
  dump(): string;
  close(): Promise<void>;
}

export async function startToyServer(options: ToyServerOptions = {}): Promise<ToyServer> {
  const faults = createServerFaults(options.faults);
  const routes = createServerRoutes(options.longestEntry ?? Number.POSITIVE_INFINITY);
  const received: string[] = [];
  let locked = false;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const head = `${request.method} ${request.url}\n${JSON.stringify(request.rawHeaders)}`;
    const at = received.push(head) - 1;
    const body = await bodyOf(request);
    received[at] = `${head}\n${body.toString("utf8")}`;
    if (locked) return send(response, { status: 401, body: { error: "log in first" } });
    const fault = faults.draw();
    if (fault === "request dropped") return void request.socket.destroy();
    if (fault === "unavailable" || fault === "too many") {
      response.setHeader("retry-after", options.retryAfterSeconds ?? 0);
      return send(response, { status: fault === "too many" ? 429 : 503, body: { error: "come back later" } });
    }
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const answered = routes.answer({ method: request.method ?? "GET", url, body });
    if (fault === "answer dropped") return void request.socket.destroy();
    if (fault === "answer late") await new Promise((resolve) => setTimeout(resolve, options.lateMs ?? 5));
    send(response, answered);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => {
      // A client that went away in the middle of its request: nothing was done.
      if (!request.complete) return;
      send(response, { status: 500, body: { error: String(cause) } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    setLocked(value) {
      locked = value;
    },
    removeRun: (run) => routes.remove(run),
    dump() {
      const held = [...routes.runs.values()].flatMap((run) => [
        stringifyJson(run.json()),
        ...[...run.files].map(([sha256, bytes]) => `${sha256}\n${Buffer.from(bytes).toString("utf8")}`),
      ]);
      return [...held, ...received].join("\n\n");
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function send(response: ServerResponse, { status, body }: Answered): void {
  response.statusCode = status;
  response.end(body instanceof Uint8Array ? body : stringifyJson(body));
}
