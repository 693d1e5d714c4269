import type fs from "node:fs";
import { basename, dirname } from "node:path";
import { type CrashPoints, noCrash } from "./crash-points.ts";

/** The calls that change something: a crash point stands before each. */
const effects: ReadonlySet<string> = new Set([
  "writeSync",
  "write",
  "ftruncateSync",
  "fdatasyncSync",
  "fsyncSync",
  "mkdirSync",
  "renameSync",
  "linkSync",
  "unlinkSync",
  "rmSync",
  "copyFileSync",
  "utimesSync",
]);

/** What the fault file system needs of the real one; the code under test may use more of it. */
export type FaultableFileSystem = Pick<
  typeof fs,
  "openSync" | "closeSync" | "writeSync" | "renameSync" | "readFileSync" | "fsyncSync"
>;

export type FaultCode = "ENOSPC" | "EIO" | "EROFS" | "EMFILE" | "EPERM" | "ENOTSUP" | "EXDEV" | "EACCES";

/** Something that goes wrong. It is over after `times` calls (default: 1); use Infinity for one that stays. */
export interface Fault {
  /** The function that fails, e.g. `writeSync`. */
  readonly call: string;
  /** Only for paths that end so; a descriptor has the path it was opened with. */
  readonly path?: string;
  /** How many matching calls work before it. */
  readonly skip?: number;
  readonly times?: number;
  /** The error of the call. Without it a write is only short. */
  readonly code?: FaultCode;
  /** Bytes that a failing write takes: with `code` they are in the file though the call fails on the next. */
  readonly takes?: number;
}

export interface FaultFs<F> {
  readonly fileSystem: F;
  add(fault: Fault): void;
  /** Ends all faults. */
  heal(): void;
  /** Undoes every rename that was reported done, and whose folder was not synced since. */
  powerCut(): void;
  /** How often each fault struck, by call and code. */
  readonly struck: ReadonlyMap<string, number>;
}

interface Rename {
  readonly from: string;
  readonly to: string;
  readonly replaced: Buffer | undefined;
}

/** A file system on top of a real one that fails where it is told to, and crashes where `crash` says. */
export function createFaultFs<F extends FaultableFileSystem>(real: F, crash: CrashPoints = noCrash): FaultFs<F> {
  const faults: { readonly fault: Fault; seen: number; left: number }[] = [];
  const struck = new Map<string, number>();
  const paths = new Map<number, string>();
  let renames: Rename[] = [];

  function faultFor(call: string, path: string): Fault | undefined {
    for (const entry of faults) {
      const { fault } = entry;
      if (fault.call !== call || (fault.path !== undefined && !path.endsWith(fault.path))) continue;
      if (entry.seen++ < (fault.skip ?? 0) || entry.left <= 0) continue;
      entry.left--;
      const name = `${call} ${fault.code ?? "short"}`;
      struck.set(name, (struck.get(name) ?? 0) + 1);
      return fault;
    }
    return undefined;
  }

  function invoke(call: string, args: readonly unknown[]): unknown {
    const path = typeof args[0] === "number" ? (paths.get(args[0]) ?? "") : String(args[0]);
    const writes = call === "openSync" && /[wa+]/.test(String(args[1]));
    if (effects.has(call) || writes) crash.point(`${call} ${labelOf(path)}`);
    const fault = faultFor(call, path);
    if (fault) return fail(call, args, path, fault);
    if (call === "renameSync") noteRename(String(args[0]), String(args[1]));
    const result: unknown = (real[call as keyof F] as (...args: readonly unknown[]) => unknown)(...args);
    if (call === "openSync") paths.set(result as number, path);
    if (call === "fsyncSync") renames = renames.filter((rename) => dirname(rename.to) !== path);
    return result;
  }

  function fail(call: string, args: readonly unknown[], path: string, fault: Fault): unknown {
    let taken = 0;
    if (fault.takes !== undefined && call === "writeSync" && args[1] instanceof Uint8Array) {
      const [fd, bytes, offset = 0] = args as [number, Uint8Array, number?];
      taken = real.writeSync(fd, bytes, offset, Math.min(fault.takes, bytes.length - offset));
    }
    if (fault.code === undefined) return taken;
    // What the kernel does: the bytes it could take are taken, and the call after that tells why no more were.
    if (taken > 0) {
      faults.unshift({ fault: { call, path, code: fault.code }, seen: 0, left: 1 });
      return taken;
    }
    const cause = systemError(fault.code, call, path);
    const callback = args.at(-1);
    if (typeof callback !== "function") throw cause;
    setImmediate(callback as (cause: Error) => void, cause);
    return undefined;
  }

  function noteRename(from: string, to: string): void {
    let replaced: Buffer | undefined;
    try {
      replaced = real.readFileSync(to);
    } catch {
      replaced = undefined; // there was none
    }
    renames.push({ from, to, replaced });
  }

  function restore(path: string, bytes: Buffer): void {
    const fd = real.openSync(path, "w");
    for (let done = 0; done < bytes.length; ) done += real.writeSync(fd, bytes, done);
    real.closeSync(fd);
  }

  return {
    fileSystem: new Proxy(real, {
      get: (target, call) => {
        const own = target[call as keyof F];
        return typeof own === "function" ? (...args: readonly unknown[]) => invoke(String(call), args) : own;
      },
    }),
    add: (fault) => faults.push({ fault, seen: 0, left: fault.times ?? 1 }),
    heal: () => faults.splice(0),
    powerCut() {
      for (const { from, to, replaced } of renames.toReversed()) {
        real.renameSync(to, from);
        if (replaced) restore(to, replaced);
      }
      renames = [];
    },
    struck,
  };
}

function systemError(code: FaultCode, call: string, path: string): Error {
  const syscall = call.replace(/Sync$/, "");
  return Object.assign(new Error(`${code}: injected, ${syscall} '${path}'`), { code, syscall, path });
}

/** The same for every run and every temporary name, so that labels can be counted. */
function labelOf(path: string): string {
  return basename(path).replace(/\.?[0-9a-f]{12,}/g, "*");
}
