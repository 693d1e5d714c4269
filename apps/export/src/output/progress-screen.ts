import { stringifyJson } from "@runferry/core";
import type { WorkProgress } from "../work-progress.ts";
import { bytesText, countText, secondsText } from "./formats.ts";
import { plainText } from "./plain-text.ts";
import { fitted, fittedInside, textWidth } from "./text-width.ts";

/** Where progress goes: stderr, in the end. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * `terminal`: a line for every stage and place, drawn anew in the same spot. `plain`: a line of its own now and then, for
 * files and pipes. `json`: the same as one JSON value a line.
 */
export type ProgressForm = "terminal" | "plain" | "json";

/** Tells how far long work is, at every place that it is about. */
export interface ProgressScreen {
  update(progress: WorkProgress): void;
  /** Leaves the last state behind. */
  end(): void;
}

interface Line extends WorkProgress {
  readonly since: number;
  readonly at: number;
}

const drawEveryMs = 80;
/** Of one place; longer where the work is long. */
const sayEveryMs = { plain: 5000, json: 1000 };
const assurance = "Ctrl-C is safe: the same command continues";

export function createProgressScreen(
  output: ProgressOutput,
  form: ProgressForm,
  now: () => number = Date.now,
): ProgressScreen {
  const lines = new Map<string, Line>();
  const said = new Map<string, number>();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = 0; // lines of the terminal that are ours

  function draw(isLast: boolean): void {
    const columns = Math.max(20, (output.columns || 80) - 1);
    const most = Math.max(1, (output.rows || 24) - 2);
    const shown = screenLines([...lines.values()], columns).slice(-most);
    if (!isLast) shown.push(fitted(lastLine([...lines.values()]), columns));
    const back = drawn > 0 ? `\u001b[${drawn}A\r\u001b[J` : "";
    output.write(`${back}${shown.map((line) => `${line}\n`).join("")}`);
    drawn = isLast ? 0 : shown.length;
  }

  function say(key: string, line: Line): void {
    const { since, at, isOver } = line;
    const before = said.get(key);
    if (form === "json") {
      if (!isOver && at - (before ?? Number.NEGATIVE_INFINITY) < sayEveryMs.json) return;
      output.write(`${jsonLine(line)}\n`);
    } else {
      const pause = at - since > 60_000 ? 6 * sayEveryMs.plain : sayEveryMs.plain;
      if (isOver ? before === undefined : at - (before ?? since) < pause) return;
      output.write(`${plainLine(line)}\n`);
    }
    said.set(key, at);
  }

  return {
    update(progress) {
      const key = `${progress.stage} ${progress.place}`;
      const at = now();
      const line = { ...progress, at, since: lines.get(key)?.since ?? at };
      lines.set(key, line);
      if (form !== "terminal") return say(key, line);
      if (at - drawnAt < drawEveryMs) return;
      drawnAt = at;
      draw(false);
    },
    end() {
      if (form === "terminal" && drawn > 0) draw(true);
      lines.clear();
    },
  };
}

/** One line for every place, with as much of it as there is room for. */
export function screenLines(lines: readonly Line[], columns: number): readonly string[] {
  const labels = lines.map(labelOf).map((label) => fittedInside(plainText(label), Math.floor(columns / 3)));
  const widest = labels.reduce((most, label) => Math.max(most, textWidth(label)), 0);
  const counts = lines.map(runsText);
  const widestCount = counts.reduce((most, text) => Math.max(most, text.length), 0);
  const cells = columns >= 80 ? 20 : columns >= 50 ? 10 : 0;
  return lines.map((line, i) => {
    const bar = cells === 0 || line.of === undefined ? "" : `  ${barOf(line.done, line.of, cells)}`;
    const gap = cells > 0 && line.of === undefined ? " ".repeat(cells + 2) : bar;
    let text = `${labels[i]}${" ".repeat(widest - textWidth(labels[i]!))}${gap}  ${counts[i]!.padStart(widestCount)}`;
    for (const more of factsOf(line, columns - textWidth(text))) text += `  ${more}`;
    return fitted(text, columns);
  });
}

/** What there is room for: the time that is left before the points, those before the bytes, and the rate last. */
function factsOf(line: Line, room: number): readonly string[] {
  const { points, bytes, isOver } = line;
  const took = line.at - line.since;
  const left = leftMs(line);
  const time = isOver ? secondsText(took) : left === undefined ? "" : `${secondsText(left)} left`;
  const all = [
    points > 0 ? `${countText(points)} ${points === 1 ? "point" : "points"}` : "",
    bytes > 0 ? bytesText(bytes) : "",
    rateOf(line),
    time,
  ];
  const kept = new Set<number>();
  let free = room;
  for (const i of [3, 0, 1, 2]) {
    if (all[i] === "" || all[i]!.length + 2 > free) continue;
    kept.add(i);
    free -= all[i]!.length + 2;
  }
  return all.filter((_, i) => kept.has(i));
}

function rateOf({ points, bytes, at, since, isOver }: Line): string {
  const seconds = (at - since) / 1000;
  if (isOver || seconds < 1) return "";
  if (bytes >= 1e6) return `${bytesText(bytes / seconds)}/s`;
  return points > 0 ? `${countText(Math.round(points / seconds))}/s` : "";
}

function leftMs({ done, of, at, since, isOver }: Line): number | undefined {
  if (isOver || of === undefined || done === 0 || at - since < 1000) return undefined;
  return ((at - since) / done) * (of - done);
}

function labelOf({ stage, place }: Line): string {
  return stage === "deliver" ? place : `${stage} ${place}`;
}

function runsText({ done, of }: Line): string {
  return `${countText(done)}${of === undefined ? "" : `/${countText(of)}`} ${(of ?? done) === 1 ? "run" : "runs"}`;
}

function barOf(done: number, of: number, cells: number): string {
  const halves = of === 0 ? 2 * cells : Math.floor((done / of) * 2 * cells);
  const full = Math.floor(halves / 2);
  return "█".repeat(full) + (halves % 2 === 1 ? "▌" : "") + "░".repeat(cells - full - (halves % 2));
}

function lastLine(lines: readonly Line[]): string {
  const newest = lines.filter(({ isOver }) => !isOver).sort((a, b) => b.at - a.at)[0];
  const problems = lines.reduce((sum, line) => sum + line.problems, 0);
  const said = problems === 0 ? [] : [`${problems} problem${problems === 1 ? "" : "s"} so far`];
  return [...(newest && newest.run !== "" ? [plainText(newest.run)] : []), ...said, assurance].join(" · ");
}

function plainLine(line: Line): string {
  const problems = line.problems === 0 ? [] : [`${line.problems} with problems`];
  const run = line.isOver || line.run === "" ? [] : [line.run];
  const facts = factsOf(line, Number.POSITIVE_INFINITY);
  return plainText([labelOf(line), runsText(line), ...facts, ...problems, ...run].join("  "));
}

function jsonLine(line: Line): string {
  const { at, since, of, ...same } = line;
  const left = leftMs(line);
  return stringifyJson({
    type: "progress",
    ...same,
    ...(of === undefined ? {} : { of }),
    elapsedMs: Math.round(at - since),
    ...(left === undefined ? {} : { leftMs: Math.round(left) }),
  });
}
