import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { describe, expect, it } from "vitest";
import { endOf, eventsOf, only, onlyRun, shopIn, startChild, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

describe("tracker.run", () => {
  it("gives what the work gives, and ends the run as finished", async () => {
    const { tracker } = shopIn(temporary(), { experiment: "ctr" });
    expect(
      await tracker.run({ name: "wide", tags: { dataset: "v2.1" } }, async (run) => `${run.experiment}/${run.name}`),
    ).toBe("ctr/wide");
    expect(onlyRun(tracker.dir)).toMatchObject({ status: "finished", tags: { dataset: "v2.1" } });
  });

  it("throws on what the work throws, and keeps type, message and trace", async () => {
    const { tracker } = shopIn(temporary());
    const cause = new RangeError("the loss is NaN");
    const failing = tracker.run((run) => {
      run.log({ loss: Number.NaN }, 1);
      throw cause;
    });
    await expect(failing).rejects.toBe(cause);
    const { status, error } = onlyRun(tracker.dir);
    expect(status).toBe("failed");
    expect(error).toEqual({ type: "RangeError", message: "the loss is NaN", trace: cause.stack });
  });

  it("keeps the status that the work set, and the artifacts that it did not wait for", async () => {
    const { tracker } = shopIn(temporary());
    await tracker.run((run) => {
      run.logArtifact(import.meta.filename, "test.ts");
      run.setStatus("CRASHED");
    });
    const { id, status } = onlyRun(tracker.dir);
    expect(status).toBe("failed");
    expect(only(await eventsOf(tracker.dir, id), "artifact.logged")).toHaveLength(1);
  });
});

describe("what a run says of its start", () => {
  it("is where it came from, its parent and its group: facts, not params", async () => {
    const folder = temporary();
    const { tracker } = shopIn(folder, { group: "sweep", dir: join(folder, "store") }, { cwd: import.meta.dirname });
    const parent = tracker.startRun();
    const run = tracker.startRun({ parent, description: "a child", autoLog: true });
    await run.end();
    await parent.end();
    const [started] = only(await eventsOf(tracker.dir, run.id), "run.started");
    expect(started).toMatchObject({ parent: parent.id, group: "sweep", description: "a child", pid: process.pid });
    expect(started?.git?.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(started?.command).toEqual(process.argv);
    expect(started?.system).toMatchObject({ node: process.version, platform: process.platform });
    expect(onlyParams(await eventsOf(tracker.dir, run.id))).toEqual([]);
  });
});

function onlyParams(events: Awaited<ReturnType<typeof eventsOf>>): readonly unknown[] {
  return only(events, "params.set").map(({ values }) => values);
}

describe("resumeRun", () => {
  it("goes on with a run, and drops what was logged from a step on", async () => {
    const { tracker, said } = shopIn(temporary());
    const first = tracker.startRun();
    for (let step = 0; step < 5; step++) first.log({ loss: 5 - step }, step);
    await first.end("killed");
    const run = tracker.resumeRun(first.id, { fromStep: 3 });
    expect([run.name, run.experiment]).toEqual([first.name, first.experiment]);
    run.log({ loss: 10 }, 3);
    await run.end();
    expect(onlyRun(tracker.dir)).toMatchObject({
      status: "finished",
      metrics: { loss: { count: 4, max: 10, last: 10 } },
    });
    expect(said[2]).toMatch(/^default\/run_001 resumed → /);
  });

  it("refuses a run that is not there, and one that is being written", () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    expect(() => tracker.resumeRun(run.id)).toThrow(expect.objectContaining({ code: "locked" }));
    expect(() => tracker.resumeRun("0".repeat(26))).toThrow(expect.objectContaining({ code: "not_found" }));
    return run.end();
  });

  it("is what startRun does with an id that is there, if it may", async () => {
    const { tracker } = shopIn(temporary());
    const first = tracker.startRun();
    await first.end();
    expect(() => tracker.startRun({ id: first.id })).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(() => tracker.startRun({ id: "0".repeat(26), resume: "must" })).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
    const again = tracker.startRun({ id: first.id, resume: "allow", params: { lr: 1 } });
    await again.end();
    expect((await eventsOf(tracker.dir, first.id)).map(({ kind }) => kind)).toEqual([
      "run.started",
      "run.ended",
      "run.resumed",
      "params.set",
      "run.ended",
    ]);
  });
});

describe("joinRun", () => {
  it("logs to a stream of its own; params are left to the run's own process", async () => {
    const { tracker, said } = shopIn(temporary());
    const main = tracker.startRun();
    const rank = tracker.joinRun(main.id, { stream: "rank-1" });
    rank.log({ "rank-1/loss": 0.5 }, 1);
    rank.logParams({ lr: 1 });
    await rank.end();
    await main.end();
    const events = await eventsOf(tracker.dir, main.id, "rank-1");
    expect(events.map(({ kind }) => kind)).toEqual(["metrics.logged", "events.lost", "writer.ended"]);
    expect(said.some((line) => line.includes("only the process that started the run logs them"))).toBe(true);
  });

  it("needs a stream of its own", () => {
    const { tracker } = shopIn(temporary());
    const run = tracker.startRun();
    for (const options of [{}, { stream: "main" }, { stream: "observer" }]) {
      expect(() => tracker.joinRun(run.id, options)).toThrow(expect.objectContaining({ code: "bad_option" }));
    }
    return run.end();
  });

  it("is what startRun does where the environment names a stream", async () => {
    const folder = temporary();
    const main = shopIn(folder).tracker.startRun();
    const environment = { RUNFERRY_RUN_ID: main.id, RUNFERRY_STREAM: "rank-2" };
    const rank = shopIn(folder, {}, { environment }).tracker.startRun();
    rank.log({ loss: 1 });
    await rank.end();
    await main.end();
    expect(await eventsOf(join(folder, "runferry"), main.id, "rank-2")).toHaveLength(2);
  });
});

it("16 processes that start runs at once get ids and names of their own", async () => {
  const folder = temporary();
  mkdirSync(folder, { recursive: true });
  const ended = await Promise.all(Array.from({ length: 16 }, () => endOf(startChild("starter", folder, ["3"]))));
  const lines = ended.flatMap(({ stdout }) => stdout.trim().split("\n"));
  expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, ""]));
  expect(new Set(lines.map((line) => line.split(" ")[0])).size).toBe(48);
  expect(new Set(lines.map((line) => line.split(" ")[1])).size).toBe(48);
  const runs = openStore(join(folder, "runferry")).list();
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => "finished"));
  expect(runs).toHaveLength(48);
});
