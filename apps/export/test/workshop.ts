import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export const program: string = join(import.meta.dirname, "../bin/runferry.mjs");

/** Folders that are removed when the test file is done. */
export function temporaryFolders(): () => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }, 180_000); // ten thousand runs are many files
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "runferry-command-"));
    folders.push(folder);
    return join(folder, "store");
  };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a user would. */
export function runferry(words: readonly string[], env: NodeJS.ProcessEnv = {}): Ended {
  const { COLUMNS: _, RUNFERRY_DIR: __, ...own } = process.env;
  const ended = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
    env: { ...own, TZ: "UTC", ...env },
    maxBuffer: 1 << 28,
    cwd: tmpdir(),
  });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

/** The same in a folder, without the rights of root, which go over those of a folder. */
export function runferryAsAnybody(cwd: string, words: readonly string[]): Ended {
  const asAnybody = process.getuid?.() === 0 ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] : [];
  const [command, ...before] = [...asAnybody, process.execPath];
  const ended = spawnSync(command!, [...before, program, ...words], { cwd, encoding: "utf8" });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

/** The same in a folder, while this process goes on. */
export async function runferryIn(
  cwd: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const { COLUMNS: _, RUNFERRY_DIR: __, MLFLOW_TRACKING_URI: ___, ...own } = process.env;
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => {
    stdout += text;
  });
  child.stderr.on("data", (text: Buffer) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}
