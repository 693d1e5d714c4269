import { createRecovery, endsStream, mainStream, observerStream, type Recorded } from "@runferry/core";
import { type FileSystem, ifPresent } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import { judgeLock } from "./lock.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { readRange, scanEnd } from "./scan.ts";

const shortTail = 4096;

/** Looks at a run from outside. Writes nothing. */
export interface RunState {
  /** The last event of a stream; undefined where there is none. */
  lastOf(stream: string): Recorded | undefined;
  /** The writer of the stream died without a word. */
  isOrphan(stream: string): boolean;
  /** Nothing more will come in the stream, unless the run is resumed. */
  isOver(stream: string): boolean;
}

export function runStateOf(run: RunLayout, fileSystem: FileSystem, identity: ProcessIdentity): RunState {
  function lastOf(stream: string): Recorded | undefined {
    const fd = ifPresent(() => fileSystem.openSync(run.stream(stream), "r"));
    if (fd === undefined) return undefined;
    try {
      const { size } = fileSystem.fstatSync(fd);
      // Asked several times a second while a run is followed: the last lines say it almost always.
      if (size > shortTail) {
        const tail = readRange(fileSystem, fd, size - shortTail, size);
        const recovery = createRecovery("journal");
        const last = recovery.push(tail.subarray(tail.indexOf(10) + 1)).events.at(-1);
        if (last !== undefined) return last;
      }
      return scanEnd(fileSystem, fd, size, 64 * 1024).lastEvent;
    } finally {
      fileSystem.closeSync(fd);
    }
  }

  function lockOf(stream: string): "free" | "held" | "stale" {
    return judgeLock(run.lock(stream), { fileSystem, identity }).state;
  }

  /** Whether an end was seen from outside after which `main` did not go on. */
  function isSeenEnded(lastSeq: number): boolean {
    const seen = lastOf(observerStream);
    return seen?.kind === "run.ended" && (seen.after ?? 0) >= lastSeq;
  }

  function isOver(stream: string): boolean {
    const last = lastOf(stream);
    if (last !== undefined && endsStream(last)) return true;
    if (stream === mainStream) return isSeenEnded(last?.seq ?? 0);
    return lockOf(stream) !== "held" && isOver(mainStream);
  }

  return { lastOf, isOver, isOrphan: (stream) => lockOf(stream) === "stale" };
}
