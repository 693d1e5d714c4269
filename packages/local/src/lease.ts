import type { FileSystem } from "./file-system.ts";
import { systemCode } from "./file-system.ts";
import { acquireLock } from "./lock.ts";
import type { ProcessIdentity } from "./process-identity.ts";

const hint = "leave it to that process: runferry status tells how far it is";

/** The right to deliver one run to one place, renewed every ten seconds. */
export interface Lease {
  /** Aborted when another process has taken it over: this one had stood still for minutes. */
  readonly lost: AbortSignal;
  release(): void;
}

export function holdLease(path: string, what: string, fileSystem: FileSystem, identity: ProcessIdentity): Lease {
  const lock = acquireLock(path, what, { fileSystem, identity, hint });
  const lost = new AbortController();
  const heart = setInterval(() => {
    try {
      if (!lock.beat()) lost.abort(new Error(`${what} was taken over by another process`));
    } catch (cause) {
      if (systemCode(cause) === undefined) throw cause; // the next beat may work; others wait for minutes
    }
  }, lock.beatMs);
  heart.unref();
  return {
    lost: lost.signal,
    release() {
      clearInterval(heart);
      lock.release();
    },
  };
}
