import type { Destination } from "@runferry/tracker";

/** What a network and a disk of today take; what there really is shows while it runs. */
const bytesPerSecond = { server: 50e6, folder: 200e6 };

export interface Load {
  readonly bytes: number;
  /** Undefined for a folder. */
  readonly requests: number | undefined;
  /** How long it took to read the runs that are to go there. */
  readonly readMs: number;
}

/**
 * Of the time that a check takes, what one request of a delivery takes: a check is one or two requests, a delivery has
 * several under way, and a server that writes is slower than one that reads.
 */
const ofCheck = 0.5;

/**
 * About how many seconds a delivery takes: at a server by its requests and the check that was just asked; in a folder about
 * as long as the runs took to be read.
 */
export function aboutSeconds({ bytes, requests, readMs }: Load, checkMs: number | undefined): number {
  if (requests === undefined) return readMs / 1000 + bytes / bytesPerSecond.folder;
  return Math.max(readMs, requests * (checkMs ?? 0) * ofCheck) / 1000 + bytes / bytesPerSecond.server;
}

/** How long a server takes to answer its check; the first one also pays for the connection. */
export async function checkTime({ check }: Destination, signal?: AbortSignal): Promise<number | undefined> {
  if (!check) return undefined;
  const asking = signal ? { signal } : {};
  await check(asking);
  const start = performance.now();
  await check(asking);
  return performance.now() - start;
}
