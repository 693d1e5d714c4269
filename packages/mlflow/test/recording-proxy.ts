import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Kept where the proxy was told to. */
  readonly body: Buffer;
  status: number | undefined;
}

export interface RecordingProxy {
  readonly url: string;
  readonly requests: Sent[];
  close(): Promise<void>;
}

/** Hands everything on as it comes, streamed both ways, and remembers what was asked. */
export async function startRecordingProxy(target: string, { bodies = false } = {}): Promise<RecordingProxy> {
  const { hostname, port } = new URL(target);
  const requests: Sent[] = [];

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = "GET", url: path = "/", headers } = incoming;
    const parts: Buffer[] = [];
    const sent: Sent = {
      method,
      path,
      headers,
      get body() {
        return Buffer.concat(parts);
      },
      status: undefined,
    };
    requests.push(sent);
    if (bodies) incoming.on("data", (part: Buffer) => parts.push(part));
    const onward = { ...headers, host: `${hostname}:${port}` };
    const asked = request({ hostname, port, method, path, headers: onward, agent: false }, (answer) => {
      sent.status = answer.statusCode;
      const { connection: _connection, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      pipeline(answer, outgoing, () => undefined);
    });
    asked.on("error", () => outgoing.destroy());
    pipeline(incoming, asked, () => undefined);
  }

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
