import type { Durability } from "./journal-writer.ts";
import type { Failure, LineFile } from "./line-file.ts";

/** Between an event and the file: nothing at all by default, up to a second or 64 KiB in the mode `buffered`. */
export interface LineQueue {
  add(line: Uint8Array): Failure | undefined;
  /** Writes what waits. What fails goes on waiting. */
  flush(): Failure | undefined;
  /** Lines that wait. */
  readonly waiting: number;
  stop(): void;
}

const flushBytes = 64 * 1024;
/** While the disk refuses, this much is kept; what comes on top is lost, and counted. */
const keepBytes = 1024 * 1024;
const flushMs = 1000;

export function createLineQueue(
  file: LineFile,
  durability: Durability,
  onFailure: (cause: unknown) => void,
): LineQueue {
  if (durability === "buffered") return bufferedQueue(file, onFailure);
  const direct = { flush: () => undefined, waiting: 0, stop: () => undefined };
  return { ...direct, add: durability === "power" ? (line) => appendDurably(file, line) : file.append };
}

function appendDurably(file: LineFile, line: Uint8Array): Failure | undefined {
  const failure = file.append(line);
  if (failure !== undefined) return failure;
  try {
    file.sync();
    return undefined;
  } catch (cause) {
    file.takeBack(line.length); // it is there now, and may not be after a power cut
    return { cause };
  }
}

function bufferedQueue(file: LineFile, onFailure: (cause: unknown) => void): LineQueue {
  const buffer = Buffer.allocUnsafeSlow(keepBytes);
  let used = 0;
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): Failure | undefined {
    if (used === 0) return undefined;
    const failure = file.append(buffer.subarray(0, used));
    if (failure !== undefined) return failure;
    used = 0;
    lines = 0;
    return undefined;
  }

  function flushLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      const failure = flush();
      if (failure === undefined) return;
      onFailure(failure.cause);
      flushLater();
    }, flushMs).unref();
  }

  return {
    add(line) {
      if (used + line.length > keepBytes) {
        const failure = flush();
        if (failure !== undefined) return failure;
        if (line.length > keepBytes) return file.append(line);
      }
      buffer.set(line, used);
      used += line.length;
      lines++;
      flushLater();
      if (used < flushBytes) return undefined;
      const failure = flush();
      if (failure !== undefined) onFailure(failure.cause);
      return undefined;
    },
    flush,
    get waiting() {
      return lines;
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
