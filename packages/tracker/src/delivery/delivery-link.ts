import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Clock, messageOf, systemClock } from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "../destination.ts";
import { createDeliveryService, type DeliveryService, type ToldEnd } from "./delivery-service.ts";
import type { OwnerMessage } from "./serve-owner.ts";

/** What this process tells of its runs to whoever delivers them: its delivery process, or, inline, itself. */
export interface DeliveryLink {
  /** A run has begun, goes on, or has other places. Never throws, and waits for nothing. */
  serve(store: Store, run: string): void;
  /** The last word on a run whose journal could not take it. */
  tellEnd(store: Store, run: string, end: ToldEnd): void;
  /** Whether delivery goes on when this process has ended. */
  readonly goesOn: boolean;
}

export interface LinkOptions {
  readonly mode: "process" | "inline";
  readonly say: (line: string) => void;
  /** The file that the delivery process runs; for tests. */
  readonly entry?: string;
  readonly open?: (place: string) => Promise<Destination>;
}

const links = new Map<string, DeliveryLink>();

/** The one link of this process; by the file that is run, for tests. */
export function deliveryLink(options: LinkOptions): DeliveryLink {
  const entry = options.entry ?? fileURLToPath(new URL(`process${extname(import.meta.url)}`, import.meta.url));
  const key = `${options.mode} ${entry}`;
  const link = links.get(key) ?? (options.mode === "inline" ? inlineLink(options) : processLink(entry, options));
  links.set(key, link);
  return link;
}

/** Sleeping keeps no process from ending. */
const idleClock: Clock = {
  now: systemClock.now,
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms).unref();
      signal?.addEventListener("abort", done);
    });
  },
};

function inlineLink({ open }: LinkOptions): DeliveryLink {
  let service: DeliveryService | undefined;
  const dirs = new Set<string>();
  return {
    serve(store, run) {
      service ??= createDeliveryService({ log: () => undefined, clock: idleClock, ...(open ? { open } : {}) });
      service.serve(store.folder, run);
      if (!dirs.has(store.folder)) service.takeOrphans(store.folder);
      dirs.add(store.folder);
    },
    tellEnd: () => undefined, // this process is ending as well
    goesOn: false,
  };
}

/** A process that dies this young has not had a chance; after so many of them it is done inline. */
const youngMs = 3000;
const mostYoungDeaths = 3;
const longestLog = 1024 * 1024;

function processLink(entry: string, options: LinkOptions): DeliveryLink {
  const runs = new Map<string, { readonly store: Store; readonly run: string }>();
  let child: ChildProcess | undefined;
  let youngDeaths = 0;
  let inline: DeliveryLink | undefined;

  function start(store: Store): void {
    const startedAt = Date.now();
    try {
      const started = spawnDelivery(entry, store);
      child = started;
      started.once("error", (cause) => ended(messageOf(cause)));
      started.once("exit", (code, signal) => ended(`it ended with ${signal ?? code}`));
    } catch (cause) {
      fallBack(messageOf(cause));
    }

    function ended(reason: string): void {
      child = undefined;
      youngDeaths = Date.now() - startedAt < youngMs ? youngDeaths + 1 : 0;
      if (youngDeaths >= mostYoungDeaths) fallBack(reason);
      else setTimeout(() => tellAll(), 100 * 2 ** youngDeaths).unref();
    }
  }

  function fallBack(reason: string): void {
    if (inline) return;
    inline = deliveryLink({ ...options, mode: "inline" });
    options.say(`no process can be had to deliver in (${reason}): it is done in this one`);
    tellAll();
  }

  function tell(store: Store, message: OwnerMessage): void {
    if (child === undefined && inline === undefined) start(store);
    if (inline) inline.serve(store, message.run);
    else child?.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  function tellAll(): void {
    forgetEnded(runs);
    for (const { store, run } of runs.values()) tell(store, { dir: store.folder, run });
  }

  return {
    serve(store, run) {
      runs.set(run, { store, run });
      tell(store, { dir: store.folder, run });
    },
    tellEnd(store, run, end) {
      if (child) child.stdin?.write(`${JSON.stringify({ dir: store.folder, run, ended: end })}\n`);
    },
    get goesOn() {
      return inline === undefined;
    },
  };
}

/** A new process need not be told of them: what is left of them it finds by itself. */
function forgetEnded(runs: Map<string, { readonly store: Store; readonly run: string }>): void {
  for (const { store, run } of runs.values()) {
    if (store.run(run).lastOf("main")?.kind === "run.ended") runs.delete(run);
  }
}

/** It lives as long as the training and has little to hold: its garbage is collected sooner. */
const nodeFlags = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--heap-growing-percent=20"];

/**
 * Nothing of the run stands in its command line. What it has to say goes to a file in the store. It stays in the folder of
 * the training: what the environment says of files, and what W&B keeps there, is found from it.
 */
function spawnDelivery(entry: string, store: Store): ChildProcess {
  if (!existsSync(entry)) throw new Error("its program is not there: this one may be bundled");
  const log = openLog(store.deliveryLog);
  try {
    const child = spawn(process.execPath, [...nodeFlags, entry], {
      detached: true, // Ctrl-C in the terminal is for the training
      stdio: ["pipe", log, log],
      env: { ...process.env, NODE_OPTIONS: withoutInspector(process.env.NODE_OPTIONS) },
      windowsHide: true,
    });
    child.unref();
    const pipe = child.stdin as Socket;
    pipe.unref();
    pipe.on("error", () => undefined); // it has ended, which `exit` tells
    return child;
  } finally {
    closeSync(log);
  }
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) renameSync(path, `${path}.1`);
  return openSync(path, "a");
}

/** Two processes cannot listen for a debugger at one port, and nobody would tell this one to go on. */
function withoutInspector(nodeOptions: string | undefined): string {
  return (nodeOptions ?? "").replace(/--inspect[\w-]*(=\S*)?/g, "");
}
