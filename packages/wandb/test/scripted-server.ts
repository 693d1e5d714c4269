import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedServer {
  readonly url: string;
  /** What was asked, as `METHOD path`. */
  readonly asked: string[];
  close(): Promise<void>;
}

export type Act = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Answers each request as the next act says, the last one for ever. */
export async function scriptedServer(
  acts: readonly Act[],
  serverOf: (listener: RequestListener) => Server = (listener) => createServer(listener),
): Promise<ScriptedServer> {
  const asked: string[] = [];
  const server = serverOf((request, response) => {
    const act = acts[Math.min(asked.length, acts.length - 1)]!;
    asked.push(`${request.method} ${request.url}`);
    act(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** An act that answers with JSON once the whole body is there. */
export const says =
  (body: object, status = 200): Act =>
  async (request, response) => {
    await bodyOf(request);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
