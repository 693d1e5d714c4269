import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { WandbServer } from "../src/wandb-server/index.ts";

export interface SdkRun {
  readonly project: string;
  readonly id: string;
  readonly mode?: "online" | "offline";
}

/** The SDK of W&B in a home of its own, where it finds no settings but those of the test. */
export interface WandbSdk {
  /** Runs a program of test/python; rejects with what it said where it fails. */
  run(program: string, run: SdkRun): Promise<string>;
  /** Uploads what the programs left behind offline. */
  sync(): Promise<string>;
  remove(): void;
}

const execute = promisify(execFile);

export function wandbSdk(python: string, server: WandbServer, home: string): WandbSdk {
  mkdirSync(home, { recursive: true });

  async function start(words: readonly string[], variables: Readonly<Record<string, string>>): Promise<string> {
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      WANDB_BASE_URL: server.url,
      WANDB_API_KEY: server.apiKey,
      WANDB_ERROR_REPORTING: "false",
      WANDB_HOST: "machine",
      WANDB_DISABLE_GIT: "true",
      WANDB_X_DISABLE_STATS: "true",
      ...variables,
    };
    const { stdout, stderr } = await execute(python, words, { cwd: home, env });
    return stdout + stderr;
  }

  return {
    run(program, { project, id, mode = "online" }) {
      const copy = join(home, program);
      copyFileSync(join(import.meta.dirname, "python", program), copy);
      return start([copy], { PROJECT: project, RUN_ID: id, MODE: mode });
    },
    sync: () => start(["-m", "wandb", "sync", "wandb"], {}),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
