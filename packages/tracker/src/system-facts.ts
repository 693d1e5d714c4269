import { execFileSync } from "node:child_process";
import { arch, availableParallelism, cpus, release, totalmem } from "node:os";
import type { JsonObject } from "@runferry/core";

let system: JsonObject | undefined;

/** The machine: it does not change while the process runs. Never fails. */
export function systemFacts(): JsonObject {
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
