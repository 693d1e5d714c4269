import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Which process this is, so that another one can tell whether it still runs. */
export interface ProcessIdentity {
  readonly host: string;
  /** Changes when the machine starts again. */
  readonly bootId: string;
  readonly pid: number;
  /** In the system's own words; a pid that was given to a new process has another. */
  readonly startTime: string;
  /** Pids mean nothing outside of it: containers on one host have their own. */
  readonly pidNamespace?: string;
}

export function ownIdentity(): ProcessIdentity {
  const namespace = orNothing(() => readlinkSync("/proc/self/ns/pid"));
  return {
    host: hostname(),
    bootId: bootId(),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? "",
    ...(namespace === undefined ? {} : { pidNamespace: namespace }),
  };
}

/** Whether `other` can be judged from here by its pid, and if so, whether it runs. */
export function isRunning(other: ProcessIdentity, own: ProcessIdentity): boolean | "unknown" {
  if (other.host !== own.host) return "unknown";
  if (other.bootId !== own.bootId) return false;
  if (other.pidNamespace !== own.pidNamespace) return "unknown";
  return startTimeOf(other.pid) === other.startTime;
}

/** When the process started; undefined where there is none, or only a dead one that nobody has waited for. */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
    if (stat === undefined) return undefined;
    // The name, in parentheses, can hold anything; state is the first field after it, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  }
  return orNothing(() => execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], quiet).trim() || undefined);
}

function bootId(): string {
  return (
    orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ??
    orNothing(() => execFileSync("sysctl", ["-n", "kern.boottime"], quiet).trim()) ??
    ""
  );
}

const quiet: ExecFileSyncOptionsWithStringEncoding = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // this system does not tell
  }
}
