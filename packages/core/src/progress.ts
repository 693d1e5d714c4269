import type { Lane } from "./contract.ts";

/** What a forwarder tells while it works: plain data for machines, `describeProgress` for people. */
export type Progress = ProgressPlace &
  (
    | { readonly type: "accepted"; readonly lane: Lane; readonly through: number; readonly events: number }
    | { readonly type: "sending file"; readonly path: string; readonly sent: number; readonly bytes: number }
    | {
        readonly type: "retrying";
        readonly lane: Lane;
        readonly attempt: number;
        readonly inMs: number;
        readonly cause: string;
      }
    | { readonly type: "parked"; readonly lane: Lane; readonly seq: number; readonly cause: string }
    | { readonly type: "stopped"; readonly state: DeliveryState; readonly cause?: string }
  );

export interface ProgressPlace {
  readonly run: string;
  readonly destination: string;
  readonly stream: string;
}

/**
 * `delivered`: the destination said yes to everything. `incomplete`: something is parked, or the forwarder gave up on a
 * destination that would not answer. `cancelled`: stopped by the signal; all of these but `gone` continue where they were.
 */
export type DeliveryState = "delivered" | "incomplete" | "cancelled" | "gone";

export function describeProgress(progress: Progress): string {
  const place = `${progress.run}/${progress.stream} → ${progress.destination}`;
  switch (progress.type) {
    case "accepted":
      return `${place}: ${progress.lane} up to ${progress.through}`;
    case "sending file":
      return `${place}: ${progress.path} ${progress.sent} of ${progress.bytes} bytes`;
    case "retrying":
      return `${place}: ${progress.cause}; attempt ${progress.attempt + 1} in ${Math.ceil(progress.inMs / 1000)} s`;
    case "parked":
      return `${place}: event ${progress.seq} was refused: ${progress.cause}`;
    case "stopped":
      return `${place}: ${progress.state}${progress.cause === undefined ? "" : `: ${progress.cause}`}`;
  }
}
