import { parseExtended } from "../extended-json.ts";
import type { HeldRun } from "../state.ts";
import type { Fields } from "./context.ts";
import { type PageArguments, page } from "./page.ts";

interface LogArguments extends PageArguments {
  readonly last?: number | null;
}

/** The console of a run, taken apart into its lines. */
export function logLines(run: HeldRun): (asked: LogArguments) => Fields {
  return ({ last, ...asked }) => {
    const all = run.lines.of("output.log").map((line, number) => ({ number, line: line ?? "" }));
    const chosen = last == null ? all : all.slice(Math.max(0, all.length - last));
    return page(chosen, { first: chosen.length, ...asked }, ({ number, line }) => ({ node: logLine(number, line) }));
  };
}

/** `ERROR 2026-01-31T12:00:00.000000 [label] text`, or the same as a JSON object. */
function logLine(number: number, line: string): Fields {
  const structured = line.startsWith("{") ? parseExtended(line) : undefined;
  if (structured !== undefined) {
    const { level, ts, label, content } = structured as Record<string, string | undefined>;
    return { number, timestamp: ts ?? null, level: level ?? null, label: label ?? null, line: content ?? "" };
  }
  const [, error, timestamp, text] = /^(ERROR )?(\d{4}-\d\d-\d\dT[\d:.]+Z?) ?(.*)$/s.exec(line) ?? [];
  if (timestamp === undefined) return { number, timestamp: null, level: null, label: null, line };
  return { number, timestamp, level: error === undefined ? null : "error", label: null, line: text };
}
