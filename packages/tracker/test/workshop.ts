import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Recorded, RunEvent } from "@runferry/core";
import { openStore, type RunEntry } from "@runferry/local";
import { removeFolder } from "@runferry/testkit";
import { Tracker, type TrackerOptions, type Wiring } from "@runferry/tracker";
import { afterAll } from "vitest";

/** Folders that are removed when the test file is done. */
export function temporaryFolders(): () => string {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await removeFolder(folder);
  });
  return () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "runferry-tracker-")));
    folders.push(folder);
    return folder;
  };
}

export interface Shop {
  readonly tracker: Tracker;
  /** What was said on stderr. */
  readonly said: string[];
}

/** A tracker that knows nothing of this machine's environment. */
export function shopIn(folder: string, options: TrackerOptions = {}, wiring: Wiring = {}): Shop {
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  return { said, tracker: new Tracker(options, { environment: {}, cwd: folder, say, ...wiring }) };
}

/** Every event of a stream, as another process would read it. */
export async function eventsOf(dir: string, id: string, stream = "main"): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for await (const one of openStore(dir, { create: false }).run(id).journal.streams()) {
    if (one.name !== stream) continue;
    for await (const events of one.read()) all.push(...events);
  }
  return all;
}

export function only<K extends RunEvent["kind"]>(
  events: readonly Recorded[],
  kind: K,
): readonly Recorded<Extract<RunEvent, { readonly kind: K }>>[] {
  return events.filter((event) => event.kind === kind) as unknown as readonly Recorded<
    Extract<RunEvent, { readonly kind: K }>
  >[];
}

export function onlyRun(dir: string): RunEntry {
  const runs = openStore(dir, { create: false }).list();
  if (runs.length !== 1) throw new Error(`${runs.length} runs`);
  return runs[0]!;
}

/** Starts a program of `children/` in a folder, in an environment without anything of ours. */
export function startChild(name: string, cwd: string, words: readonly string[], environment = {}): ChildProcess {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(RUNFERRY|VITEST|NODE_OPT)/.test(key)),
  );
  const program = join(import.meta.dirname, "children", `${name}.ts`);
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...words], {
    cwd,
    env: { ...clean, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function endOf(child: ChildProcess, onOutput: (text: string) => void = () => undefined): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onOutput(text);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
