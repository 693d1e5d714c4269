import { execFileSync } from "node:child_process";
import { arch, availableParallelism, cpus, hostname, release, totalmem, userInfo } from "node:os";
import type { JsonObject, RunStarted } from "@runferry/core";
import { gitFacts } from "./git-facts.ts";

/** What every run says of where it came from: facts of the run, not params. Never fails. */
export function startFacts(cwd: string, autoLog: boolean): Partial<RunStarted> {
  const git = gitFacts(cwd);
  const user = userName();
  return {
    host: hostname(),
    pid: process.pid,
    command: process.argv,
    ...(user === undefined ? {} : { user }),
    ...(git === undefined ? {} : { git }),
    ...(autoLog ? { system: systemFacts() } : {}),
  };
}

let system: JsonObject | undefined;

/** The machine, for `autoLog`. It does not change while the process runs. */
function systemFacts(): JsonObject {
  system ??= {
    node: process.version,
    platform: process.platform,
    arch: arch(),
    release: release(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    ...gpuFacts(),
  };
  return system;
}

function gpuFacts(): JsonObject {
  try {
    const listed = execFileSync(
      "nvidia-smi",
      ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"],
      {
        encoding: "utf8",
        timeout: 500,
        killSignal: "SIGKILL",
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    return { gpus: listed.trim().split("\n") };
  } catch {
    return {}; // no GPU of that maker, or one that takes too long to answer
  }
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER; // in a container the user may have no name
  }
}
