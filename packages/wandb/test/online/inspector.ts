import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { JsonObject } from "@runferry/core";
import type { WandbServer } from "@runferry/testkit/wandb-server";
import { parseExtendedConfig } from "../../src/mapping/index.ts";

/** A run as W&B's own Python API tells of it. */
export interface Inspected {
  readonly name: string;
  readonly state: string;
  readonly tags: readonly string[];
  readonly notes: string | null;
  readonly group: string | null;
  readonly config: JsonObject;
  readonly summary: JsonObject;
  readonly rows: readonly JsonObject[];
  readonly files: { readonly [path: string]: string };
  readonly artifacts: {
    readonly [name: string]: {
      readonly type: string;
      readonly aliases: readonly string[];
      readonly files: { readonly [path: string]: string };
    };
  };
  readonly used: readonly string[];
}

export interface Inspector {
  inspect(path: string): Promise<Inspected>;
  stop(): void;
}

/** One Python process for all runs: it takes seconds to start. */
export function startInspector(python: string, server: WandbServer, home: string): Inspector {
  const script = new URL("python/read_runs.py", import.meta.url).pathname;
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    WANDB_BASE_URL: server.url,
    WANDB_API_KEY: server.apiKey,
    WANDB_ERROR_REPORTING: "false",
    WANDB_SILENT: "true",
  };
  const child = spawn(python, ["-W", "ignore", script], { env, cwd: home, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async inspect(path) {
      child.stdin.write(`${path}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`W&B's API could not read run ${path}`);
      return parseExtendedConfig(value as string) as unknown as Inspected;
    },
    stop: () => void child.kill(),
  };
}
