import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { needPeer, peer } from "../../../../tools/peers/peer.ts";

export const hasMlflow = !("missing" in peer("mlflow"));

/** One MLflow server for all tests of a file; gives its address. */
export function realMlflow(): () => string {
  let server: ChildProcess | undefined;
  let url = "";
  beforeAll(async () => {
    const skip = (why?: string): never => {
      throw new Error(why);
    };
    const { python } = needPeer({ skip } as Parameters<typeof needPeer>[0], "mlflow");
    const program = join(import.meta.dirname, "../../../mlflow/test/serve.ts");
    server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, python], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [line] = (await once(server.stdout!, "data")) as [Buffer];
    url = (JSON.parse(line.toString()) as { readonly url: string }).url;
  }, 180_000);
  afterAll(async () => {
    if (!server || server.exitCode !== null) return;
    server.stdin!.end();
    await once(server, "exit");
  });
  return () => url;
}
