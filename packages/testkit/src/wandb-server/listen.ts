import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Answer } from "./answer.ts";

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback. */
export async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listener> {
  const server = createServer((request, response) => {
    serve(request, response).catch((cause: unknown) => {
      // A client that went away in the middle: nothing more can be said to it.
      if (!request.complete || response.headersSent) return void request.socket.destroy();
      response.statusCode = 500;
      response.end(JSON.stringify({ error: String(cause) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  // What was not read of an upload is read now, or the connection could not be used again.
  if (!request.complete) request.resume();
  const { status, headers, body } = answer;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (typeof body === "string") return void response.end(body);
  if ("pipe" in body) return pipeline(body, response);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}
