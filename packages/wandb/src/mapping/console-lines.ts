import type { ConsoleLogged } from "@runferry/core";

/** W&B's own client cuts longer ones off. */
const longestLine = 4096;

/** The lines that a piece of console output is on a terminal. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.flatMap((line) => piecesOf(lastWritten(line)));
}

/** What a line shows in the end: a carriage return writes over what stands there. */
function lastWritten(line: string): string {
  const whole = line.replace(/\r+$/, "");
  return whole.slice(whole.lastIndexOf("\r") + 1);
}

function piecesOf(line: string): readonly string[] {
  if (line.length <= longestLine) return [line];
  const pieces: string[] = [];
  for (let from = 0; from < line.length; ) {
    let to = Math.min(line.length, from + longestLine);
    // Not between the halves of a surrogate pair.
    if (to < line.length && /[\ud800-\udbff]/.test(line[to - 1]!)) to--;
    pieces.push(line.slice(from, to));
    from = to;
  }
  return pieces;
}

export const consoleWords = { lines: "console output, line by line", empty: "console output of no line" } as const;

/** What becomes of one piece of output: a fact for each line. */
export function keptConsole<E extends ConsoleLogged>(
  event: E,
): { readonly kept: readonly E[]; readonly difference: readonly ["converted" | "left out", string] | undefined } {
  const kept = linesOf(event.text).map((line) => ({ ...event, text: `${line}\n` }));
  if (kept.length === 0) return { kept, difference: ["left out", consoleWords.empty] };
  const same = kept.length === 1 && kept[0]!.text === event.text;
  return { kept, difference: same ? undefined : ["converted", consoleWords.lines] };
}
