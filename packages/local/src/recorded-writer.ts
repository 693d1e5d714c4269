import { createEncoder, type Recorded } from "@runferry/core";
import { systemCode } from "./file-system.ts";
import type { Failure, LineFile } from "./line-file.ts";
import type { Lock } from "./lock.ts";

/** Appends events that have their number and time already. */
export interface RecordedWriter {
  /** Appends those that are not there yet, in their order, all or none. What is there is never doubled. */
  append(events: readonly Recorded[]): Failure | undefined;
  readonly lastSeq: number;
  /** Another process took the lock over: nothing may be appended any more. */
  readonly isTaken: boolean;
  close(): void;
}

interface RecordedWriterOptions {
  readonly file: LineFile;
  readonly lock: Lock;
}

export function recordedWriter({ file, lock }: RecordedWriterOptions): RecordedWriter {
  const encode = createEncoder();
  let lastSeq = file.found.last.seq;
  let lines: Buffer = Buffer.allocUnsafeSlow(8 * 1024);
  let taken = false;

  /** Others wait for minutes, so a beat that the disk refuses can be made up for by the next. */
  function beat(): void {
    const lost = trying(() => !lock.beat());
    if (lost) taken = true;
  }
  const heart = setInterval(beat, lock.beatMs);
  heart.unref();

  function encoded(events: readonly Recorded[]): { readonly bytes: number; readonly through: number } {
    let bytes = 0;
    let through = lastSeq;
    for (const event of events) {
      if (event.seq <= through) continue;
      const line = encode(event);
      while (bytes + line.length > lines.length) lines = Buffer.concat([lines], lines.length * 2); // most runs are small
      lines.set(line, bytes);
      bytes += line.length;
      through = event.seq;
    }
    return { bytes, through };
  }

  return {
    append(events) {
      const { bytes, through } = encoded(events);
      if (bytes === 0) return undefined;
      const failure = file.append(lines.subarray(0, bytes));
      if (failure === undefined) lastSeq = through;
      return failure;
    },
    get lastSeq() {
      return lastSeq;
    },
    get isTaken() {
      return taken;
    },
    close() {
      clearInterval(heart);
      file.close();
      lock.release();
    },
  };
}

function trying(work: () => boolean): boolean {
  try {
    return work();
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
    return false;
  }
}
