import type { RunStatus } from "../events.ts";

const words: ReadonlyMap<string, RunStatus> = new Map([
  ...["running", "scheduled", "created"].map((word) => [word, "running"] as const),
  ...["finished", "completed", "complete", "done", "success"].map((word) => [word, "finished"] as const),
  ...["failed", "error", "crashed"].map((word) => [word, "failed"] as const),
  ...["killed", "aborted", "canceled", "cancelled", "interrupted"].map((word) => [word, "killed"] as const),
]);

/** The status that a word of this or another tracker stands for: `completed`, `FINISHED`, `crashed` … */
export function statusOfWord(word: string): RunStatus | undefined {
  return words.get(word.toLowerCase());
}
