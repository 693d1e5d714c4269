import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryJournal } from "@runferry/core";
import { openStore } from "@runferry/local";
import { openDestination } from "@runferry/tracker";
import { describe, expect, it } from "vitest";
import { whatIsThere } from "../src/created.ts";
import { createProgressScreen, type ProgressForm, screenLines } from "../src/output/progress-screen.ts";
import { textWidth } from "../src/output/text-width.ts";
import { countWork, type WorkProgress } from "../src/work-progress.ts";

/** What two places tell while ten runs go to each, a second each; the second one is slow. */
function told(form: ProgressForm, columns = 100) {
  let text = "";
  let now = 1_000_000;
  const frames: string[] = [];
  const output = {
    columns,
    rows: 24,
    write(more: string) {
      text += more;
      frames.push(more);
    },
  };
  const screen = createProgressScreen(output, form, () => now);
  const read = countWork("read", "experiments", undefined, screen.update);
  const quick = countWork("deliver", "tensorboard:./tb", 10, screen.update);
  const slow = countWork("deliver", "mlflow:http://ml.lab:5000", 10, screen.update);
  for (let i = 0; i < 10; i++) read.done(`ctr/run_${i}`, 1000, true);
  read.over();
  for (let i = 0; i < 10; i++) {
    now += 1000;
    quick.done(`ctr/run_${i}`, 1000, true);
    slow.moved(`ctr/run_${i}\u001b[31m`, 40);
    slow.sent(`ctr/run_${i}`, 2_000_000);
    now += 1000;
    if (i % 2 === 0) slow.done(`ctr/run_${i}`, 1000, i !== 4);
  }
  quick.over();
  const before = frames.length;
  screen.end();
  return { text, frames, last: frames.slice(before).join("") };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor
const moves = /\u001b\[\d*[AJ]/g;

describe("on a terminal", () => {
  it("has a line for every place, drawn anew in the same spot", () => {
    const { frames } = told("terminal");
    const frame = frames.at(-2)!.replaceAll(moves, "").replace("\r", "");
    const lines = frame.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^read experiments {2,}10 runs {2}10 000 points {2}1 s$/);
    expect(lines[1]).toMatch(/^tensorboard:\.\/tb {2,}█{20} {2}10\/10 runs {2}10 000 points .* s/);
    expect(lines[2]).toMatch(
      /^mlflow:http:\/\/ml\.lab:5000 {2,}██████████░+ +5\/10 runs {2}5 400 points {2}20 MB {2}\d+ s left$/,
    );
    expect(lines[3]).toMatch(/^ctr\/run_\d · 1 problem so far · Ctrl-C is safe: the same command continues$/);
    for (const [i, next] of frames.slice(1).entries()) {
      const drawn = frames[i]!.split("\n").length - 1;
      expect(next.startsWith(`\u001b[${drawn}A\r\u001b[J`)).toBe(true);
    }
  });

  it.each([28, 60, 80, 200])("fits %i columns, and cannot be moved by a name", (columns) => {
    for (const frame of told("terminal", columns).frames) {
      for (const line of frame.replaceAll(moves, "").replace("\r", "").split("\n")) {
        expect(textWidth(line)).toBeLessThan(columns);
        expect(line).not.toContain("\u001b");
      }
    }
  });

  it("keeps apart places whose addresses differ at their ends", () => {
    const line = { run: "", done: 1, of: 2, points: 0, bytes: 0, problems: 0, isOver: false, since: 0, at: 0 };
    const places = ["mlflow:http://localhost:5000", "mlflow:http://localhost:5001"];
    const lines = screenLines(
      places.map((place) => ({ ...line, stage: "verify", place })),
      79,
    );
    expect(new Set(lines).size).toBe(2);
  });

  it("leaves the last state, without the line that speaks of going on", () => {
    const { last } = told("terminal");
    expect(last).toContain("10/10 runs");
    expect(last).not.toContain("Ctrl-C");
    expect(last.endsWith("\n")).toBe(true);
  });
});

describe("in a file or a pipe", () => {
  it("is a plain line of each place now and then, without codes and bars", () => {
    const { text } = told("plain");
    for (const mark of ["\u001b", "\r", "█"]) expect(text).not.toContain(mark);
    const lines = text.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(12);
    expect(lines.some((line) => /^mlflow:http:\/\/ml\.lab:5000 {2}\d\/10 runs .* left .*ctr\/run_\d/.test(line))).toBe(
      true,
    );
    expect(lines.at(-1)).toMatch(/^tensorboard:\.\/tb {2}10\/10 runs {2}10 000 points {2}19 s$/);
  });

  it("of work that is over at once is silent", () => {
    let text = "";
    const screen = createProgressScreen({ write: (more: string) => (text += more) }, "plain", () => 5);
    const count = countWork("deliver", "tensorboard:./tb", 1, screen.update);
    count.done("ctr/run_001", 10, true);
    count.over();
    screen.end();
    expect(text).toBe("");
  });

  it("as JSON is one value a line, the last of a place always told", () => {
    const lines = told("json").text.trimEnd().split("\n");
    const values = lines.map((line) => JSON.parse(line) as WorkProgress & { type: string; elapsedMs: number });
    expect(new Set(values.map(({ type }) => type))).toEqual(new Set(["progress"]));
    expect(values.find(({ stage, isOver }) => stage === "read" && isOver)).toMatchObject({ done: 10, points: 10_000 });
    expect(values.filter(({ place }) => place.startsWith("mlflow")).at(-1)).toMatchObject({
      stage: "deliver",
      done: 5,
      of: 10,
      bytes: 18_000_000,
      problems: 1,
      isOver: false,
    });
  });
});

it("a place with many runs is listed before a migration begins, and it is told how many were seen", async () => {
  const folder = mkdtempSync(join(tmpdir(), "runferry-look-"));
  const destination = await openDestination({ kind: "local", address: join(folder, "many") });
  const source = {
    async *runs() {
      for (let n = 0; n < 1200; n++) yield memoryJournal(`run-${n}`);
    },
  };
  const told: (readonly [string, string, number])[] = [];
  const signal = new AbortController().signal;
  const { places } = await whatIsThere(
    openStore(join(folder, "store")),
    [{ ...destination, source }],
    signal,
    (progress) => told.push([progress.stage, progress.place, progress.done]),
  );
  expect(places.get(destination.name)?.size).toBe(1200);
  expect(told).toEqual([500, 1000].map((seen) => ["look", destination.name, seen]));
  rmSync(folder, { recursive: true });
});
