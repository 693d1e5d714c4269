import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** What a company puts between its people and everything else: `HTTP_PROXY` and `HTTPS_PROXY` name it. */
export interface ForwardProxy {
  /** With the user and password that it wants. */
  readonly url: string;
  readonly bare: string;
  /** What it was asked for: `GET http://…` or `CONNECT host:port`. */
  readonly asked: string[];
  close(): Promise<void>;
}

const login = `Basic ${Buffer.from("someone:pass").toString("base64")}`;

/** Whatever host is asked for is found at `target`. */
export async function startForwardProxy(target: string): Promise<ForwardProxy> {
  const { hostname, port } = new URL(target);
  const asked: string[] = [];
  const tunnels = new Set<Socket>();
  const isLetIn = ({ headers }: IncomingMessage) => headers["proxy-authorization"] === login;

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    asked.push(`${incoming.method} ${incoming.url}`);
    if (!isLetIn(incoming)) {
      incoming.resume();
      return void outgoing.writeHead(407, { "proxy-authenticate": "Basic" }).end("who are you?");
    }
    const { pathname, search } = new URL(incoming.url!);
    const { "proxy-authorization": _login, ...headers } = incoming.headers;
    const onward = { hostname, port, path: pathname + search, method: incoming.method!, agent: false } as const;
    const sent = request({ ...onward, headers: { ...headers, host: `${hostname}:${port}` } }, (answer) => {
      const { connection: _connection, ...kept } = answer.headers;
      outgoing.writeHead(answer.statusCode ?? 502, kept);
      pipeline(answer, outgoing, () => undefined);
    });
    pipeline(incoming, sent, () => undefined);
  }

  const server = createServer(serve);
  server.on("connect", (incoming: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    tunnels.add(client);
    if (!isLetIn(incoming)) return void client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const onward = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      pipeline(client, onward, client, () => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://someone:pass@${address}`,
    bare: `http://${address}`,
    asked,
    close: () => {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
