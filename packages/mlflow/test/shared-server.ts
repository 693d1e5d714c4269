import { afterAll, beforeAll } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { type MlflowServer, startMlflow } from "./server.ts";

/** One server for all tests of a file. */
export function sharedServer(): () => MlflowServer {
  let server: MlflowServer | undefined;
  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    server = await startMlflow(needPeer({ skip } as Parameters<typeof needPeer>[0], "mlflow").python);
  }, 120_000);
  afterAll(() => server?.stop());
  return () => server!;
}
