// A global setup of vitest: real MLflow servers that test files borrow, one at a time each, as it takes longer to start one
// than most files need. None runs before a file asks; all are stopped when the tests are over.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { type MlflowServer, startMlflow } from "../../packages/mlflow/test/server.ts";
import { peer } from "./peer.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where servers are borrowed; see borrow-mlflow.ts. */
    readonly mlflowServers: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: MlflowServer[] = [];
  const free = new Set<MlflowServer>();

  async function borrow(): Promise<object> {
    const [found] = free;
    if (found) {
      free.delete(found);
      await found.empty();
    }
    const server = found ?? (await start());
    const { url, folder, python } = server;
    return { id: servers.indexOf(server), url, folder, python };
  }

  async function start(): Promise<MlflowServer> {
    const mlflow = peer("mlflow");
    if ("missing" in mlflow) throw new Error(mlflow.missing);
    const server = await startMlflow(mlflow.python);
    servers.push(server);
    return server;
  }

  // What fails is not given back: a server in an unknown state is lent to nobody again.
  async function answer({ method, url = "/" }: IncomingMessage): Promise<unknown> {
    const [, id = "", verb] = url.split("/");
    if (id === "") return borrow();
    const server = servers[Number(id)]!;
    if (method === "DELETE") return void free.add(server);
    if (verb === "dump") return server.dump();
    return verb === "restart" ? server.restart() : server.empty();
  }

  async function serve(asked: IncomingMessage, answered: ServerResponse): Promise<void> {
    asked.resume();
    try {
      answered.end(JSON.stringify((await answer(asked)) ?? null));
    } catch (cause) {
      answered.writeHead(500).end(JSON.stringify(String(cause)));
    }
  }

  const listening = createServer((asked, answered) => void serve(asked, answered)).listen(0, "127.0.0.1");
  await once(listening, "listening");
  project.provide("mlflowServers", `http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
  return async () => {
    listening.close();
    listening.closeAllConnections();
    await Promise.all(servers.map((server) => server.stop()));
  };
}
