import { readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { isRunferryError } from "@runferry/core";
import { openStore } from "@runferry/local";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { eventsOf, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function newRun(durability: "buffered" | "process" = "process") {
  const { run, writer } = openStore(temporary(), { durability }).createRun({ experiment: "beat" });
  const log = () => writer.tryAppend({ kind: "metrics.logged", values: { loss: 1 } });
  return { run, writer, log, lock: `${run.folder}/journal/main.lock` };
}

test("a holder shows every ten seconds that it lives", () => {
  const { writer, lock } = newRun();
  const text = readFileSync(lock, "utf8");
  utimesSync(lock, 1000, 1000);
  vi.advanceTimersByTime(10_000);
  expect(statSync(lock).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  expect(readFileSync(lock, "utf8")).toBe(text);
  writer.closeNow();
});

test("a writer whose lock was taken over stops, and leaves the new one alone", () => {
  const { writer, log, lock } = newRun();
  writeFileSync(`${lock}.new`, '{"host":"far","pid":1}');
  renameSync(`${lock}.new`, lock);
  vi.advanceTimersByTime(10_000);
  const appended = log();
  expect(appended.status === "refused" && isRunferryError(appended.cause, "closed")).toBe(true);
  writer.closeNow();
  expect(readFileSync(lock, "utf8")).toContain("far");
});

test("buffered: a second later it is on disk", async () => {
  const { run, writer, log } = newRun("buffered");
  log();
  const size = () => statSync(`${run.folder}/journal/main.ndjson`).size;
  expect(size()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(size()).toBeGreaterThan(0);
  log();
  writer.closeNow();
  vi.useRealTimers();
  expect(await eventsOf(run.journal)).toHaveLength(3);
});
