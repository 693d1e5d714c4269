import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { WandbServer } from "@runferry/testkit/wandb-server";

export interface Synced {
  readonly code: number | null;
  readonly output: string;
}

/** Lets W&B's own client upload what lies in a folder. */
export async function wandbSync(
  python: string,
  server: WandbServer,
  dir: string,
  options: readonly string[] = [],
): Promise<Synced> {
  const home = join(dir, "home");
  mkdirSync(home, { recursive: true });
  const child = spawn(python, ["-m", "wandb", "sync", ...options, join(dir, "wandb")], {
    cwd: dir,
    env: { ...pythonEnvironment(home), WANDB_BASE_URL: server.url, WANDB_API_KEY: server.apiKey },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

/** What W&B's client needs to run alone. */
export function pythonEnvironment(home: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: home, WANDB_ERROR_REPORTING: "false", WANDB_SILENT: "false", NO_PROXY: "127.0.0.1" };
}
