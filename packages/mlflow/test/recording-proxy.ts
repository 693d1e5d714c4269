import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  status: number | undefined;
  /** Both are kept where the proxy was told to. */
  readonly body: Buffer;
  readonly answer: Buffer;
}

export interface RecordingProxy {
  readonly url: string;
  readonly requests: Sent[];
  close(): Promise<void>;
}

export interface RecordingOptions {
  readonly bodies?: boolean;
  /** Speaks TLS to the client. */
  readonly tls?: ServerOptions;
  /** Answers with this status and hands nothing on. */
  readonly refuse?: (sent: Sent, count: number) => number | undefined;
}

/** Hands everything on as it comes, streamed both ways, and remembers what was asked. */
export async function startRecordingProxy(
  target: string,
  { bodies = false, tls, refuse = () => undefined }: RecordingOptions = {},
): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target);
  const requests: Sent[] = [];

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url: path = "/", headers } = incoming;
    const up: Buffer[] = [];
    const down: Buffer[] = [];
    const sent: Sent = {
      method,
      path,
      headers,
      status: undefined,
      get body() {
        return Buffer.concat(up);
      },
      get answer() {
        return Buffer.concat(down);
      },
    };
    requests.push(sent);
    const refused = refuse(sent, requests.length);
    if (refused !== undefined) {
      incoming.resume();
      return void outgoing.writeHead(refused).end('{"error_code": "UNAUTHENTICATED", "message": "token expired"}');
    }
    if (bodies) incoming.on("data", (part: Buffer) => up.push(part));
    const onward = { ...headers, host: `${hostname}:${port}` };
    const asked = request({ hostname, port, method, path, headers: onward, agent: false }, (answer) => {
      sent.status = answer.statusCode;
      const { connection: _connection, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      if (bodies) answer.on("data", (part: Buffer) => down.push(part));
      pipeline(answer, outgoing, () => undefined);
    });
    asked.on("error", () => outgoing.destroy());
    pipeline(incoming, asked, () => undefined);
  }

  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
