import type { Dated, JsonObject, RunEnded } from "@runferry/core";

const exitCodes = { finished: 0, failed: 1, killed: 137 } as const;

export function exitCodeOf({ status, exitCode }: Pick<RunEnded, "status" | "exitCode">): number {
  // To W&B 0 is the one that finished, whatever a run says of itself.
  const isPlausible = exitCode !== undefined && (exitCode === 0) === (status === "finished");
  return isPlausible ? exitCode : exitCodes[status];
}

/** An end as the config has it. */
export function endConfig({ kind: _kind, summary: _summary, after: _after, ...ended }: RunEnded): JsonObject {
  return ended as unknown as JsonObject;
}

/** Where in the config of the run an end stands that was seen from outside: beside the run's own, which goes before it. */
export const observedKey = "observed";

/** An end that was seen from outside. It is void once `main` has gone on behind the event `after`. */
export function observedConfig(ended: Dated<RunEnded>): JsonObject {
  const { after } = ended;
  return { ...endConfig(ended), ...(after === undefined ? {} : { after }) };
}

export function isVoid({ after }: JsonObject, mainSeq: number): boolean {
  return typeof after === "number" && mainSeq > after;
}
