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
  const started: Promise<MlflowServer>[] = [];
  const free = new Set<number>();
  /** In the middle of something, or failed at it: in an unknown state, and lent to nobody. */
  const unsure = new Set<number>();

  async function borrow(): Promise<object> {
    const [found] = free;
    const id = found ?? started.push(start()) - 1;
    free.delete(id);
    const server = await started[id]!;
    if (found !== undefined) await server.empty();
    return { id, url: server.url, folder: server.folder, python: server.python };
  }

  async function start(): Promise<MlflowServer> {
    const mlflow = peer("mlflow");
    if ("missing" in mlflow) throw new Error(mlflow.missing);
    return startMlflow(mlflow.python);
  }

  async function answer({ method, url = "/" }: IncomingMessage): Promise<unknown> {
    const [, place = "", verb] = url.split("/");
    if (place === "") return borrow();
    const id = Number(place);
    if (method === "DELETE") return void (unsure.has(id) || free.add(id));
    unsure.add(id);
    const server = await started[id]!;
    const told = await (verb === "dump" ? server.dump() : verb === "restart" ? server.restart() : server.empty());
    unsure.delete(id);
    return told;
  }

  async function serve(asked: IncomingMessage, answered: ServerResponse): Promise<void> {
    asked.resume();
    // A test that runs Python in its own process for seconds does not see that a connection it could use again is closed.
    answered.setHeader("connection", "close");
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
    for (const one of await Promise.allSettled(started)) if (one.status === "fulfilled") await one.value.stop();
  };
}
