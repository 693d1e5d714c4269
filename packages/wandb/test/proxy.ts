import { createServer, request as forward, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export interface LocalProxy {
  readonly port: number;
  /** What was asked of it, as `METHOD target`, and with which credentials. */
  readonly asked: { readonly what: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

/**
 * An HTTP proxy on loopback: hands plain requests on, and tunnels others, to the ports of this machine that stand for
 * the hosts named. With a login it lets nobody else through.
 */
export async function startProxy(ports: { readonly [host: string]: number }, login?: string): Promise<LocalProxy> {
  const asked: LocalProxy["asked"] = [];
  const sockets = new Set<Duplex>();
  const lets = ({ method, url, headers }: IncomingMessage) => {
    const authorization = headers["proxy-authorization"];
    asked.push({ what: `${method} ${url}`, authorization });
    return login === undefined || authorization === `Basic ${Buffer.from(login).toString("base64")}`;
  };
  const server = createServer((request, response) => {
    if (!lets(request)) return response.writeHead(407).end();
    const { "proxy-authorization": _, ...headers } = request.headers;
    const { host, pathname } = new URL(request.url!);
    const to = { host: "127.0.0.1", port: ports[host]!, path: pathname, method: request.method!, headers };
    const onward = forward(to, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    return request.pipe(onward);
  });
  server.on("connect", (request, socket: Duplex) => {
    if (!lets(request)) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const onward = connect(ports[request.url!]!, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on("error", () => one.destroy());
    }
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
