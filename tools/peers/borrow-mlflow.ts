import { afterAll, beforeAll, inject } from "vitest";
import type { MlflowServer } from "../../packages/mlflow/test/server.ts";
import { needPeer } from "./peer.ts";

/** A real MLflow server that no other test file uses meanwhile. It comes empty. */
export type BorrowedMlflow = Omit<MlflowServer, "stop">;

/** A real MLflow server for all tests of a file. */
export function borrowMlflow(): () => BorrowedMlflow {
  let server: BorrowedMlflow | undefined;
  let giveBack: (() => Promise<unknown>) | undefined;
  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    needPeer({ skip } as Parameters<typeof needPeer>[0], "mlflow");
    type Lent = Pick<BorrowedMlflow, "url" | "folder" | "python"> & { readonly id: number };
    const { id, ...lent } = (await ask("POST", "")) as Lent;
    giveBack = () => ask("DELETE", id);
    server = {
      ...lent,
      empty: async () => void (await ask("POST", `${id}/empty`)),
      dump: async () => (await ask("GET", `${id}/dump`)) as string,
      restart: async () => void (await ask("POST", `${id}/restart`)),
    };
  }, 180_000);
  afterAll(() => giveBack?.());
  return () => server!;
}

async function ask(method: string, path: string | number): Promise<unknown> {
  const answer = await fetch(`${inject("mlflowServers")}/${path}`, { method });
  const told = (await answer.json()) as unknown;
  if (!answer.ok) throw new Error(String(told));
  return told;
}
