import { dirname, join } from "node:path";
import { isJsonObject, type Json, RunferryError } from "@runferry/core";
import { createForNow, temporaryName } from "./atomic-file.ts";
import { type FileSystem, ifPresent, removeIfPresent, systemCode } from "./file-system.ts";
import { isRunning, type ProcessIdentity } from "./process-identity.ts";

export interface LockOptions {
  readonly fileSystem: FileSystem;
  readonly identity: ProcessIdentity;
  /** Break the lock of another host though its heartbeat has not stood still for long. */
  readonly takeOver?: boolean;
  /** What whoever finds it held is to do. */
  readonly hint?: string;
}

export interface Lock {
  /** How often to call `beat`. */
  readonly beatMs: number;
  /** Shows other hosts that the holder lives. Says whether the lock is still ours. */
  beat(): boolean;
  release(): void;
}

export type LockState =
  | { readonly state: "free" }
  | { readonly state: "held" | "stale"; readonly text: string; readonly holder: ProcessIdentity | undefined };

/** How often a holder touches its lock. */
const heartbeatMs = 10_000;
/** How long the heartbeat of another host must have stood still. */
export const stillMs: number = 5 * 60_000;

/** Takes the lock, or throws `locked` and says who holds it. A lock whose holder is dead is taken over. */
export function acquireLock(path: string, what: string, options: LockOptions): Lock {
  const { fileSystem, identity } = options;
  const text = `${JSON.stringify(identity)}\n`;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (createForNow(fileSystem, path, text)) return heldLock(path, text, fileSystem);
    const found = judgeLock(path, options, serverNow);
    if (found.state === "held") throw locked(what, path, found.holder, options.hint);
    if (found.state === "stale" && replaceStale(path, text, options)) return heldLock(path, text, fileSystem);
  }
  throw locked(what, path, undefined, options.hint);
}

/** Whether the lock is held, looked at only. `now` tells the time by which the file's own was written. */
export function judgeLock(
  path: string,
  options: LockOptions,
  now: (fileSystem: FileSystem, path: string) => number = Date.now,
): LockState {
  const { fileSystem, identity, takeOver = false } = options;
  const read = ifPresent(() => ({
    text: fileSystem.readFileSync(path, "utf8"),
    at: fileSystem.statSync(path).mtimeMs,
  }));
  if (read === undefined) return { state: "free" };
  const holder = parseHolder(read.text);
  const running = holder === undefined ? "unknown" : isRunning(holder, identity);
  const stale = running === "unknown" ? takeOver || now(fileSystem, path) - read.at > stillMs : !running;
  return { state: stale ? "stale" : "held", text: read.text, holder };
}

/**
 * Puts our lock in the place of a stale one. Only one process at a time may: the others would take the new one for the
 * stale one they saw.
 */
function replaceStale(path: string, text: string, options: LockOptions): boolean {
  const { fileSystem } = options;
  const guard = `${path}.breaking`;
  if (!createForNow(fileSystem, guard, text)) {
    const found = judgeLock(guard, options, serverNow);
    if (found.state === "stale") moveAside(guard, found.text, fileSystem);
    return false;
  }
  try {
    if (judgeLock(path, options, serverNow).state !== "stale") return false;
    const own = temporaryName(path);
    createForNow(fileSystem, own, text);
    fileSystem.renameSync(own, path);
    return true;
  } finally {
    removeIfPresent(fileSystem, guard);
  }
}

/** Removes the guard of a process that died while it replaced a lock, and no other. */
function moveAside(guard: string, text: string, fileSystem: FileSystem): void {
  const aside = temporaryName(guard);
  if (ifPresent(() => fileSystem.renameSync(guard, aside)) === undefined && !exists(aside, fileSystem)) return;
  if (fileSystem.readFileSync(aside, "utf8") !== text) createForNow(fileSystem, guard, text);
  removeIfPresent(fileSystem, aside);
}

function exists(path: string, fileSystem: FileSystem): boolean {
  return ifPresent(() => fileSystem.lstatSync(path)) !== undefined;
}

/** The time by the clock that stamps the lock, which may be a file server's. */
function serverNow(fileSystem: FileSystem, path: string): number {
  const probe = temporaryName(join(dirname(path), "clock"));
  try {
    fileSystem.closeSync(fileSystem.openSync(probe, "wx"));
    const now = fileSystem.statSync(probe).mtimeMs;
    fileSystem.unlinkSync(probe);
    return now;
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
    return Date.now(); // a folder that takes no file: then the clocks have to agree
  }
}

function heldLock(path: string, text: string, fileSystem: FileSystem): Lock {
  const isOurs = () => ifPresent(() => fileSystem.readFileSync(path, "utf8")) === text;
  return {
    beatMs: heartbeatMs,
    beat() {
      const fd = ifPresent(() => fileSystem.openSync(path, "r+"));
      if (fd === undefined) return false;
      try {
        // Whoever takes the lock over puts a new file there, so what is written below can only reach our own.
        if (fileSystem.readFileSync(fd, "utf8") !== text) return false;
        fileSystem.writeSync(fd, text, 0); // not utimes: the time has to be the file server's
        return true;
      } finally {
        fileSystem.closeSync(fd);
      }
    },
    release() {
      if (isOurs()) removeIfPresent(fileSystem, path);
    },
  };
}

function parseHolder(text: string): ProcessIdentity | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    return undefined; // written by a process that died in the middle, or by hand: its heartbeat decides
  }
  if (!isJsonObject(parsed) || typeof parsed.host !== "string" || !Number.isSafeInteger(parsed.pid)) return undefined;
  return parsed as unknown as ProcessIdentity;
}

const defaultHint =
  "wait until it ends, write to a stream of another name, or, if that host is gone for good, pass takeOver";

function locked(
  what: string,
  path: string,
  holder: ProcessIdentity | undefined,
  hint: string = defaultHint,
): RunferryError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
  return new RunferryError("locked", `${what} is being written by ${who} (${path})`, {
    hint,
    data: "nothing was written; what is there stands",
  });
}
