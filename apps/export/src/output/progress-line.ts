import { plainText } from "./plain-text.ts";
import { fitted } from "./text-width.ts";

/** Where progress goes: stderr, in the end. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Tells how far long work is: one line that moves on a terminal, a plain line every few seconds elsewhere. */
export interface ProgressLine {
  /** `of` is undefined where nobody knows yet how much there is. */
  update(what: string, done: number, of: number | undefined, doing: string): void;
  /** Takes the moving line away. */
  end(): void;
}

const barColumns = 20;
const everyMs = { terminal: 80, plain: 5000 };

export function createProgressLine(output: ProgressOutput, now: () => number = Date.now): ProgressLine {
  const isTerminal = output.isTTY === true;
  const pause = isTerminal ? everyMs.terminal : everyMs.plain;
  const startedAt = now();
  let toldAt = isTerminal ? Number.NEGATIVE_INFINITY : startedAt;
  let isShown = false;

  return {
    update(what, done, of, doing) {
      const at = now();
      if (at - toldAt < pause) return;
      toldAt = at;
      const counts = `${what}  ${of === undefined ? done : shareOf(done, of, at - startedAt)}  ${doing}`;
      if (!isTerminal) {
        output.write(`${plainText(counts)}\n`);
        return;
      }
      output.write(`\r\u001b[2K${fitted(plainText(counts), (output.columns || 80) - 1)}`);
      isShown = true;
    },
    end() {
      if (isShown) output.write("\r\u001b[2K");
      isShown = false;
    },
  };
}

function shareOf(done: number, of: number, elapsedMs: number): string {
  const left = done === 0 ? "" : `  ${secondsText((elapsedMs / done) * (of - done))} left`;
  return `${bar(done, of)}  ${done}/${of}${left}`;
}

function bar(done: number, of: number): string {
  const full = of === 0 ? barColumns : Math.floor((done / of) * barColumns);
  return "█".repeat(full) + "░".repeat(barColumns - full);
}

function secondsText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
