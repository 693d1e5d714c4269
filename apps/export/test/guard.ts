import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

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
