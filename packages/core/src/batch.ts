import type { Recorded } from "./events.ts";

export interface BatchLimits {
  readonly events: number;
  readonly bytes: number;
}

export const defaultBatch: BatchLimits = { events: 1000, bytes: 1024 * 1024 };

/** About what the event takes on a wire; only batching depends on it. */
export function sizeOf(event: Recorded): number {
  if (event.kind !== "metrics.logged") return JSON.stringify(event).length;
  let bytes = 64;
  for (const name in event.values) bytes += name.length + 20;
  return bytes;
}
