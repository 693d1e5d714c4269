import { type EndStatus, messageOf, statusOfWord } from "@runferry/core";

/** `finished`, `failed` or `killed`, also in the words of other trackers; undefined for any other. */
export function statusOf(word: string): EndStatus | undefined {
  const status = statusOfWord(messageOf(word));
  return status === "running" ? undefined : status;
}

export function unknownStatus(word: unknown): string {
  return `there is no status ${messageOf(word)}; use finished, failed or killed`;
}

/** `0.4s`, `12s`, `4m12s`, `3h05m`, `2d04h` */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3600)}h`;
}
