import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a place can do to whoever talks to it. In the last one the server has acted. */
export const moods = ["away", "500", "429", "silent", "drops", "acts and drops"] as const;
export type Mood = (typeof moods)[number];

/** Stands before a server, and is in a mood until told otherwise. */
export interface Gate {
  readonly url: string;
  /** How many requests met trouble. */
  readonly troubles: number;
  set(mood: Mood | undefined): Promise<void>;
  close(): Promise<void>;
}

export async function startGate(target: string): Promise<Gate> {
  const { hostname, port: targetPort } = new URL(target);
  const held = new Set<Socket>();
  let mood: Mood | undefined;
  let troubles = 0;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    if (mood) troubles++;
    if (mood === "500" || mood === "429")
      return void outgoing.writeHead(Number(mood), { "retry-after": "0" }).end("no");
    if (mood === "drops") return void incoming.socket.destroy();
    if (mood === "silent") return void held.add(incoming.socket);
    const { method, url: path, headers } = incoming;
    const asked = request({ hostname, port: targetPort, method, path, headers, agent: false }, (answer) => {
      if (mood === "acts and drops") return void incoming.socket.destroy();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on("error", () => incoming.socket.destroy());
    asked.end(Buffer.concat(parts));
  }

  const listen = (port: number) => {
    const server = createServer((incoming, outgoing) => {
      serve(incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    return new Promise<typeof server>((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
  };
  let server: Awaited<ReturnType<typeof listen>> | undefined = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function hangUp(): Promise<void> {
    const closing = server;
    server = undefined;
    if (!closing) return;
    closing.closeAllConnections();
    await new Promise((resolve) => closing.close(resolve));
  }

  return {
    url: `http://127.0.0.1:${port}`,
    get troubles() {
      return troubles;
    },
    async set(next) {
      mood = next;
      for (const socket of held) socket.destroy();
      held.clear();
      if (next === "away") await hangUp();
      else server ??= await listen(port);
    },
    close: hangUp,
  };
}
