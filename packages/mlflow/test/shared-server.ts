import { afterAll, beforeAll } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { type MlflowServer, type ServerOptions, startMlflow } from "./server.ts";

/** One server of its own kind for all tests of a file; the usual kind is borrowed. */
export function sharedServer(part: string, options: (python: string) => Promise<ServerOptions>): () => MlflowServer {
  let server: MlflowServer | undefined;
  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    const { python } = needPeer({ skip } as Parameters<typeof needPeer>[0], part);
    server = await startMlflow(python, await options(python));
  }, 180_000);
  afterAll(() => server?.stop());
  return () => server!;
}
