import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createRunId } from "@runferry/core";
import { expect, test } from "vitest";
import { largeFolder } from "../src/places.ts";
import { createRemoveRun } from "../src/remove-run.ts";
import { endPlace, eventFileName, placeFileName } from "../src/run-folder.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

const startedAt = 1_700_000_000_000;

function runId(n: number): string {
  return createRunId(startedAt, new Uint8Array(32).fill(n));
}

function touch(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
}

test("all that is of a run goes to the trash, and nothing else does", async () => {
  const logdir = temporaryFolder();
  const [run, other] = [runId(1), runId(2)];
  const own = eventFileName(run, startedAt, 0);
  const folder = join(logdir, "exp", "run");
  touch(join(folder, own), join(folder, "eval", own), join(folder, "eval", "late-1", own));
  touch(join(folder + largeFolder, own), join(folder, placeFileName(run, startedAt, 0, endPlace(5, 1))));
  touch(join(folder, "notes.txt"), join(logdir, "exp", "other", eventFileName(other, startedAt, 0)));
  const removeRun = createRemoveRun(logdir);
  expect(await removeRun(run)).toBe(true);
  expect([...filesIn(logdir).keys()]).toEqual([`exp/other/${eventFileName(other, startedAt, 0)}`, "exp/run/notes.txt"]);
  expect(globSync("*/**/*tfevents*", { cwd: `${logdir}.trash` })).toHaveLength(5);
  expect(existsSync(join(folder, "eval"))).toBe(false);
  expect(await removeRun(run)).toBe(false);
  expect(await removeRun(other)).toBe(true);
  expect(existsSync(join(logdir, "exp", "other"))).toBe(false);
});

test("what came after the logdir was listed is found as well", async () => {
  const logdir = temporaryFolder();
  const [first, later] = [runId(1), runId(2)];
  const removeRun = createRemoveRun(logdir);
  expect(await createRemoveRun(join(logdir, "nowhere"))(first)).toBe(false);
  touch(join(logdir, "exp", "a", eventFileName(first, startedAt, 0)));
  expect(await removeRun(first)).toBe(true);
  touch(join(logdir, "exp", "c", eventFileName(first, startedAt, 0))); // delivered anew, to another folder
  expect(await removeRun(first)).toBe(true);
  touch(join(logdir, "exp", "b", eventFileName(later, startedAt, 0)));
  expect(await removeRun(later)).toBe(true);
  expect([...filesIn(logdir).keys()].map((path) => basename(path))).toEqual([]);
});
