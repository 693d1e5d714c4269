import { writeSync } from "node:fs";
import { maskText, type Progress } from "@runferry/core";
import type { OnceResult } from "./deliver-once.ts";

/** A line of the log, to stderr: that is a file in the store. Never fails. */
export function logOnStderr(line: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${process.pid} ${maskText(line)}\n`);
  } catch {
    // a full disk: nothing more can be said
  }
}

/** Says what a delivery meets, and the same trouble only once. */
export function progressLog(what: string, log: (line: string) => void) {
  let trouble: string | undefined;

  function once(line: string): void {
    if (line !== trouble) log(`${what}: ${line}`);
    trouble = line;
  }

  return {
    progress(progress: Progress): void {
      if (progress.type === "retrying") once(`${progress.cause}; tried again until it works`);
      else if (progress.type === "parked") log(`${what}: event ${progress.seq} was refused: ${progress.cause}`);
      else if (progress.type === "accepted" && trouble !== undefined) {
        log(`${what}: goes on`);
        trouble = undefined;
      }
    },
    result({ state, cause }: OnceResult): void {
      once(cause === undefined ? state : `${state}: ${cause}`);
    },
  };
}
