import { spawnSync } from "node:child_process";
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
  });
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
