import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fold, type RunView } from "@runferry/core";
import { openStore, type Store } from "@runferry/local";
import { startToyServer, type ToyServer, toyServerSource } from "@runferry/testkit";
import { type DestinationStatus, deliveryStatus } from "@runferry/tracker";
import { afterEach, expect, vi } from "vitest";
import { type Ended, endOf, temporaryFolders } from "../workshop.ts";
import { type Gate, startGate } from "./gate.ts";
import type { Training } from "./train.ts";

// Processes are started by the dozen, and a machine may have much else to do.
vi.setConfig({ testTimeout: 90_000 });

/** A folder, a toy server, and a gate before it. */
export interface Scene {
  readonly folder: string;
  readonly server: ToyServer;
  readonly gate: Gate;
  /** The gate, as a place. */
  readonly place: string;
  store(): Store;
  start(training: Training, environment?: { readonly [name: string]: string }): Trainee;
  log(): string;
  /** Closes what the test has opened. */
  whenDone(close: () => unknown): void;
}

export interface Trainee {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the id of its run when it has said this. */
  said(text: string): Promise<string>;
}

const temporary = temporaryFolders();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

export async function scene(): Promise<Scene> {
  const folder = temporary();
  const server = await startToyServer();
  const gate = await startGate(server.url);
  const children = new Set<ChildProcess>();
  closing.push(
    () => gate.close(),
    () => server.close(),
    () => {
      for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
      // That of the test's own process serves other tests as well, and leaves with it.
      if (children.size > 0) for (const pid of deliveryProcesses(folder)) kill(pid, "SIGKILL");
    },
  );
  return {
    folder,
    server,
    gate,
    place: `mlflow:${gate.url}`,
    store: () => openStore(join(folder, "runferry"), { create: false }),
    start(training, environment = {}) {
      const clean = Object.fromEntries(
        Object.entries(process.env).filter(([key]) => !/^(RUNFERRY|VITEST|NODE_OPT|CI$)/.test(key)),
      );
      const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "train.ts")];
      const child = spawn(process.execPath, [...words, JSON.stringify(training)], {
        cwd: folder,
        env: { ...clean, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.add(child);
      let output = "";
      const ended = endOf(child, (text) => {
        output += text;
      });
      return {
        child,
        ended,
        async said(text) {
          await until(() => output.includes(text));
          return /^run (\S+)$/m.exec(output)![1]!;
        },
      };
    },
    log: () => readFileSync(join(folder, "runferry", "delivery.log"), "utf8"),
    whenDone: (close) => void closing.push(close),
  };
}

/** Looks until it holds. Nothing is waited for that does not come by itself. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 45_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    expect(Date.now(), `${holds} did not come to hold`).toBeLessThan(end);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** What the toy server holds of a run. */
export async function viewAt({ server }: Scene, run: string): Promise<RunView | undefined> {
  for await (const journal of toyServerSource(server.url).runs({ ids: [run] })) return fold(journal);
  return undefined;
}

export async function statusOf(at: Scene, run: string, kind = "mlflow"): Promise<DestinationStatus | undefined> {
  return (await deliveryStatus(at.store(), run)).find(({ place }) => place.startsWith(kind));
}

export async function untilArrived(at: Scene, run: string, kind?: string): Promise<void> {
  await until(async () => {
    const status = await statusOf(at, run, kind);
    return status?.state === "up to date";
  });
}

/** The delivery processes that have written to the log of a store, by what they said first and last. */
export function deliveryProcesses(folder: string): readonly number[] {
  let text: string;
  try {
    text = readFileSync(join(folder, "runferry", "delivery.log"), "utf8");
  } catch {
    return []; // none was started
  }
  const pids = (said: string) =>
    [...text.matchAll(new RegExp(`^\\S+ (\\d+) ${said}`, "gm"))].map(([, pid]) => Number(pid));
  const left = new Set(pids("leaves"));
  return pids("begins").filter((pid) => !left.has(pid));
}

/** Of a process that may have ended by itself. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
