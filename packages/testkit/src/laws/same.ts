import { describeMismatch, missingFrom, type RunView } from "@runferry/core";
import { demand } from "./law.ts";

/** Demands that two views hold the same, nothing missing and nothing added. */
export function demandSame(actual: RunView, expected: RunView, what: string): void {
  const missing = [...missingFrom(actual, expected)].map(describeMismatch);
  const added = [...missingFrom(expected, actual)].map(describeMismatch);
  demand(missing.length + added.length === 0, `${what}: ${list("missing", missing)}${list("added", added)}`);
}

/** Demands that nothing is missing; more may be there. */
export function demandContains(actual: RunView, expected: RunView, what: string): void {
  const missing = [...missingFrom(actual, expected)].map(describeMismatch);
  demand(missing.length === 0, `${what}: ${list("missing", missing)}`);
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const more = lines.length > 8 ? `\n  … and ${lines.length - 8} more` : "";
  return `\n${title}:\n  ${lines.slice(0, 8).join("\n  ")}${more}\n`;
}
