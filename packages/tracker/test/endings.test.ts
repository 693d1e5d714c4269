import { join } from "node:path";
import { openStore } from "@runferry/local";
import { describe, expect, it } from "vitest";
import { type Ended, endOf, eventsOf, only, onlyRun, shopIn, startChild, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

interface Told extends Ended {
  readonly dir: string;
}

async function end(way: string, signal?: NodeJS.Signals): Promise<Told> {
  const folder = temporary();
  const child = startChild("ending", folder, [way]);
  const ended = await endOf(child, (text) => {
    if (signal && text.includes("ready")) child.kill(signal);
  });
  return { ...ended, dir: join(folder, "runferry") };
}

describe("a run that nobody ends", () => {
  it("is finished where the process exits with 0", async () => {
    const { dir, code, stderr } = await end("exit 0");
    expect(code).toBe(0);
    expect(onlyRun(dir)).toMatchObject({ status: "finished", metrics: { loss: { count: 1, last: 0.5 } } });
    expect(stderr.trim().split("\n")).toEqual([
      "runferry  endings/run_001 → ./runferry",
      expect.stringMatching(/^runferry {2}endings\/run_001 finished in \d+\.\ds · npx runferry show endings\/run_001$/),
    ]);
  });

  it.each([
    ["exit 3", 3],
    ["exit code 4", 4],
  ])("is failed where the process ends with %s", async (way, exitCode) => {
    const { dir, code } = await end(way);
    expect(code).toBe(exitCode);
    const { id, status, error } = onlyRun(dir);
    expect([status, error]).toEqual(["failed", undefined]);
    expect(only(await eventsOf(dir, id), "run.ended")[0]).toMatchObject({ exitCode });
  });

  it.each([
    ["throw", "the loss is NaN", 1],
    ["reject", "rejected", 1],
    ["catch everything", "caught", 7],
  ])("is failed where an error is its end (%s), and keeps it", async (way, message, exitCode) => {
    const { dir, code, stderr } = await end(way);
    expect(code).toBe(exitCode);
    if (exitCode === 1) expect(stderr).toContain(`OutOfLuck [Error]: ${message}`); // Node says it as ever
    expect(onlyRun(dir)).toMatchObject({ status: "failed" });
    expect(onlyRun(dir).error).toMatchObject({ type: "OutOfLuck", message });
    expect(onlyRun(dir).error?.trace).toContain("ending.ts");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is killed by %s, which kills as ever", async (signal) => {
    const told = await end("wait", signal);
    expect([told.code, told.signal]).toEqual([null, signal]);
    const { status, endedBy, metrics } = onlyRun(told.dir);
    expect([status, endedBy, metrics.loss?.last]).toEqual(["killed", "main", 0.5]);
  });

  it("goes on where the user handles the signal", async () => {
    const { dir, code } = await end("handle and finish", "SIGTERM");
    expect(code).toBe(0);
    expect(onlyRun(dir)).toMatchObject({ status: "finished", metrics: { loss: { last: 0.25 } } });
  });

  it("is killed where the user's handler exits as the signal would", async () => {
    const { dir, code } = await end("handle and exit", "SIGINT");
    expect([code, onlyRun(dir).status]).toEqual([130, "killed"]);
  });

  it("does not keep a handler from killing that only does so when it is alone", async () => {
    const { dir, signal } = await end("handle like signal-exit", "SIGINT");
    expect([signal, onlyRun(dir).status]).toEqual(["SIGINT", "killed"]);
  });

  it("is killed by kill -9: the next reader sees it, and can note it", async () => {
    const { dir, signal } = await end("wait", "SIGKILL");
    expect([signal, onlyRun(dir).status]).toEqual(["SIGKILL", "killed"]);
    expect(openStore(dir).run(onlyRun(dir).id).recordKilled()).toBe(true);
    expect(onlyRun(dir)).toMatchObject({ status: "killed", endedBy: "observer", metrics: { loss: { last: 0.5 } } });
  });

  it("tells of files that were still being copied", async () => {
    const { dir } = await end("exit while copying");
    const events = await eventsOf(dir, onlyRun(dir).id);
    expect(only(events, "events.lost")).toMatchObject([
      { count: 1, reason: "artifact node: the process ended before it was copied" },
    ]);
  });
});

it("nothing listens to the process once no run is open", async () => {
  const events = ["exit", "uncaughtExceptionMonitor", "SIGINT", "SIGTERM"];
  const count = () => events.map((event) => process.listenerCount(event));
  const before = count();
  const { tracker } = shopIn(temporary());
  const [first, second] = [tracker.startRun(), tracker.startRun()];
  expect(count()).toEqual(before.map((listeners) => listeners + 1));
  await first.end();
  expect(count()).toEqual(before.map((listeners) => listeners + 1));
  await second.end();
  expect(count()).toEqual(before);
});

it("a run that was ended stays so, whatever the process does after", async () => {
  const { dir, code } = await end("end, then fail");
  expect([code, onlyRun(dir).status]).toEqual([5, "finished"]);
});

it("an error that leaves `await using` and that nobody catches makes the run failed", async () => {
  const { dir, code } = await end("leave await using");
  expect(code).toBe(1);
  const inner = openStore(dir)
    .list()
    .find(({ started }) => started.experiment === "inner");
  expect(inner).toMatchObject({ status: "failed", error: { type: "OutOfLuck", message: "left" } });
});
