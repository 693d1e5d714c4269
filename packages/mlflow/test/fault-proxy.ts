import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What can go wrong between us and a server that is well. In those marked *done* the server has acted. */
export const troubles = [
  "429 with Retry-After",
  "500",
  "502 in HTML",
  "503",
  "408",
  "504, done",
  "reset before",
  "reset after, done",
  "truncated, done",
  "not JSON, done",
  "HTML of a log-in page",
  "302 to a log-in page",
  "slow, done",
] as const;

/** The last one takes as long as the client's patience. */
export type Trouble = (typeof troubles)[number] | "late, done";

export interface FaultProxy {
  readonly url: string;
  /** Decides on each request; undefined lets it pass. */
  decide: (method: string, path: string) => Trouble | undefined;
  /** Answers 403 to these. */
  forbid: (method: string) => boolean;
  readonly counts: Map<Trouble, number>;
  /** What was sent there and answered, in order. */
  readonly requests: { readonly what: string; readonly body: Buffer; readonly trouble: Trouble | undefined }[];
  close(): Promise<void>;
}

/** Stands between a client and a real server and makes trouble when told to. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const proxy: Pick<FaultProxy, "decide" | "forbid"> = { decide: () => undefined, forbid: () => false };
  const counts = new Map<Trouble, number>();
  const requests: FaultProxy["requests"] = [];

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = incoming;
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    if (proxy.forbid(method)) {
      return void outgoing.writeHead(403).end('{"error_code": "PERMISSION_DENIED", "message": "read only"}');
    }
    if (path === "/log-in")
      return void outgoing.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
    const trouble = proxy.decide(method, path);
    requests.push({ what: `${method} ${path}`, body: Buffer.concat(parts), trouble });
    if (trouble) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
    switch (trouble) {
      case "429 with Retry-After":
        return void outgoing.writeHead(429, { "retry-after": "7" }).end("slow down");
      case "500":
        return void outgoing.writeHead(500).end('{"error_code": "INTERNAL_ERROR", "message": "oops"}');
      case "502 in HTML":
        return void outgoing.writeHead(502, { "content-type": "text/html" }).end("<html>Bad Gateway</html>");
      case "503":
        return void outgoing.writeHead(503, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }).end("{}");
      case "408":
        return void outgoing.writeHead(408).end();
      case "reset before":
        return void incoming.socket.destroy();
      case "HTML of a log-in page":
        return void outgoing.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>");
      case "302 to a log-in page":
        return void outgoing.writeHead(302, { location: "/log-in" }).end();
      default:
    }
    const { status, headers, body } = await forwarded(method, path, incoming, Buffer.concat(parts));
    switch (trouble) {
      case "504, done":
        return void outgoing.writeHead(504).end("gateway timeout");
      case "late, done":
        return; // never, as far as a client can tell
      case "reset after, done":
        return void incoming.socket.destroy();
      case "truncated, done":
        outgoing.writeHead(status, { ...headers, "content-length": String(body.length + 10) });
        outgoing.write(body);
        return void setTimeout(() => incoming.socket.destroy(), 5);
      case "not JSON, done":
        return void outgoing.writeHead(status).end("}{ not JSON");
      case "slow, done":
        outgoing.writeHead(status, headers);
        for (const byte of [body.subarray(0, 1), body.subarray(1)]) {
          await new Promise((done) => setTimeout(done, 20));
          outgoing.write(byte);
        }
        return void outgoing.end();
      default:
        outgoing.writeHead(status, headers).end(body);
    }
  }

  function forwarded(method: string, path: string, incoming: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
      const headers = { ...incoming.headers, host: `${hostname}:${port}`, "content-length": String(body.length) };
      delete (headers as { "transfer-encoding"?: string })["transfer-encoding"];
      const asked = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          const { "transfer-encoding": _chunked, connection: _connection, ...kept } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, headers: kept, body: Buffer.concat(parts) });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
