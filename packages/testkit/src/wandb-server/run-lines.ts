import { parseExtended } from "./extended-json.ts";

/** The line files that a run streams. */
export const lineFiles = ["wandb-history.jsonl", "wandb-events.jsonl", "wandb-summary.json", "output.log"] as const;
export type LineFile = (typeof lineFiles)[number];

/** What was said of one file in one request. */
export interface Chunk {
  readonly offset: number;
  readonly content: readonly string[];
}

/** Lines by their number. To say the same again changes nothing. */
export interface RunLines {
  put(file: LineFile, chunk: Chunk): void;
  /** A line that was never sent is undefined. */
  of(file: LineFile): readonly (string | undefined)[];
  /** `_step` of each line of the history. */
  steps(): readonly (number | undefined)[];
  /** The lines of the history whose step is at least `min` and below `max`. */
  between(min: number, max: number): readonly string[];
  /** Drops the history from this line on. */
  cutHistory(length: number): void;
  /** How often a line that was there was replaced by another, per file. */
  readonly replaced: ReadonlyMap<LineFile, number>;
  /** How often lines were sent that lie beyond the end, so that some before them are missing. */
  readonly gaps: ReadonlyMap<LineFile, number>;
}

export function createRunLines(): RunLines {
  const held = new Map<LineFile, (string | undefined)[]>(lineFiles.map((file) => [file, []]));
  const replaced = new Map<LineFile, number>();
  const gaps = new Map<LineFile, number>();
  const steps: (number | undefined)[] = [];
  // As long as each step is above the one before, a page is found without looking at every line.
  let rising = true;

  function putStep(at: number, step: number | undefined): void {
    const above = step !== undefined && (at === 0 || step > (steps[at - 1] ?? Number.POSITIVE_INFINITY));
    if (at === steps.length ? !above : step !== steps[at]) rising = false;
    steps[at] = step;
  }

  /** The number of the first line with at least this step, where steps are rising. */
  function firstFrom(step: number): number {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle]! < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    put(file, { offset, content }) {
      const lines = held.get(file)!;
      if (offset > lines.length) gaps.set(file, (gaps.get(file) ?? 0) + 1);
      while (lines.length < offset) lines.push(undefined);
      content.forEach((line, i) => {
        const at = offset + i;
        const before = lines[at];
        if (before !== undefined && before !== line) replaced.set(file, (replaced.get(file) ?? 0) + 1);
        lines[at] = line;
        if (file === "wandb-history.jsonl") putStep(at, stepOf(line));
      });
    },
    of: (file) => held.get(file)!,
    steps: () => steps,
    between(min, max) {
      const lines = held.get("wandb-history.jsonl")!;
      const chosen = rising
        ? lines.slice(firstFrom(min), firstFrom(max))
        : lines.filter((_, i) => steps[i]! >= min && steps[i]! < max);
      return chosen.filter((line) => line !== undefined);
    },
    cutHistory(length) {
      held.get("wandb-history.jsonl")!.length = Math.min(length, steps.length);
      steps.length = Math.min(length, steps.length);
    },
    replaced,
    gaps,
  };
}

/** Only the outermost `_step` counts; a row that is no JSON object has none. */
function stepOf(line: string): number | undefined {
  const row = parseExtended(line);
  const step = typeof row === "object" && row !== null ? (row as Record<string, unknown>)._step : undefined;
  return typeof step === "number" ? step : undefined;
}
