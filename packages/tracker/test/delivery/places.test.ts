import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRun, syncRuns, Tracker } from "@runferry/tracker";
import { describe, expect, it, vi } from "vitest";
import { open } from "./open-toys.ts";
import { type Scene, scene, statusOf, until, untilArrived, viewAt } from "./scene.ts";

const entry = join(import.meta.dirname, "toy-process.ts");

function trackerIn(at: Scene, backend: string | readonly string[]): Tracker {
  const wiring = { environment: {}, cwd: at.folder, delivery: { entry } };
  return new Tracker({ experiment: "places", backend, quiet: true }, wiring);
}

describe("places are independent", () => {
  it("one that does not let us in stops alone, says so, and is gone on with by sync", async () => {
    const at = await scene();
    at.server.setLocked(true);
    const run = trackerIn(at, [at.place, "tensorboard:tb"]).startRun();
    run.log({ loss: 1 }, 1);
    await until(async () => (await statusOf(at, run.id))?.lastError !== undefined);
    const startedAt = Date.now();
    await run.end();
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    await untilArrived(at, run.id, "tensorboard");
    expect((await statusOf(at, run.id))?.lastError).toMatchObject({
      code: "needs_credentials",
      message: expect.stringContaining("answered 401"),
    });
    expect(await statusOf(at, run.id)).toMatchObject({ delivered: 0, state: "behind" });
    at.server.setLocked(false);
    const synced = await syncRuns({ store: at.store(), runs: [run.id], open });
    // This process lives, so its delivery process may have been quicker.
    expect(synced.every(({ state }) => state === "delivered" || state === "busy")).toBe(true);
    await untilArrived(at, run.id);
    expect((await viewAt(at, run.id))?.status).toBe("finished");
  });

  it("what one refuses is parked there, and everything else goes on", async () => {
    const at = await scene();
    await at.gate.set("away");
    const run = trackerIn(at, [at.place, "local:copy"]).startRun();
    await run.logText("gone before it could be sent", "notes.txt");
    for (let step = 0; step < 5; step++) run.log({ loss: step }, step);
    await until(async () => (await statusOf(at, run.id, "local"))?.state === "up to date");
    rmSync(join(run.dir, "artifacts/notes.txt"));
    await at.gate.set(undefined);
    await run.end();
    await until(async () => (await statusOf(at, run.id))?.state === "incomplete");
    expect((await statusOf(at, run.id))?.parked).toMatchObject([{ lane: "files", kind: "artifact.logged" }]);
    expect((await viewAt(at, run.id))?.status).toBe("finished");
    expect((await viewAt(at, run.id))?.metrics.get("loss")?.series.length).toBe(5);
    expect((await statusOf(at, run.id, "local"))?.state).toBe("up to date");
  });

  it("one that cannot be opened at all delays no other, and its trouble is shown", async () => {
    const at = await scene();
    writeFileSync(join(at.folder, "file"), "where a folder should be");
    const run = trackerIn(at, ["local:file/copy", "tensorboard:tb"]).startRun();
    run.log({ loss: 1 }, 1);
    await run.end();
    await untilArrived(at, run.id, "tensorboard");
    expect(await statusOf(at, run.id, "local")).toMatchObject({
      delivered: 0,
      lastError: { message: expect.stringContaining("file/copy") },
    });
  });
});

describe("destinations come and go", () => {
  it("one that is added to a running run gets everything, and one that is removed keeps how far it got", async () => {
    const at = await scene();
    const run = trackerIn(at, at.place).startRun();
    for (let step = 0; step < 50; step++) run.log({ loss: step }, step);
    await untilArrived(at, run.id);
    run.addDestination("tensorboard:tb");
    run.log({ loss: 50 }, 50);
    await untilArrived(at, run.id, "tensorboard");
    run.removeDestination("tensorboard:tb");
    run.log({ loss: 51 }, 51);
    await run.end();
    await untilArrived(at, run.id);
    const removed = await statusOf(at, run.id, "tensorboard");
    expect(removed).toMatchObject({ isFollowed: false, delivered: 52 });
    expect(run.troubles).toEqual([]);
    const synced = await syncRuns({ store: at.store(), runs: [run.id], to: [removed!.place], open });
    expect(synced).toMatchObject([{ place: removed!.place, state: "delivered" }]);
    expect(await statusOf(at, run.id, "tensorboard")).toMatchObject({ isFollowed: true, state: "up to date" });
  });

  it("what is no place is counted, and throws nothing", async () => {
    const at = await scene();
    const run = trackerIn(at, "local").startRun();
    run.addDestination("tensorbord:tb");
    expect(run.troubles).toMatchObject([{ kind: "lost", what: "the destination tensorbord:tb" }]);
    await run.end();
  });

  it("one that is added to a finished run gets everything", async () => {
    const at = await scene();
    const run = trackerIn(at, "local").startRun();
    for (let step = 0; step < 50; step++) run.log({ loss: step }, step);
    await run.end();
    const [synced] = await syncRuns({ store: at.store(), to: [at.place], open });
    expect(synced).toMatchObject({ run: run.id, state: "delivered" });
    expect((await viewAt(at, run.id))?.metrics.get("loss")?.series.length).toBe(50);
    expect(await syncRuns({ store: at.store(), open })).toEqual([]);
  });
});

describe("several streams of one run", () => {
  it("are all delivered by the process that logs main, also those that end after it", async () => {
    const at = await scene();
    const tracker = trackerIn(at, at.place);
    const run = tracker.startRun();
    run.log({ loss: 1 }, 1);
    const environment = { RUNFERRY_RUN_ID: run.id, RUNFERRY_STREAM: "rank-1" };
    const rank = startRun({ quiet: true, backend: at.place }, { environment, cwd: at.folder, delivery: { entry } });
    for (let step = 0; step < 20; step++) rank.log({ "rank/loss": step }, step);
    await run.end(undefined, { waitMs: 0 });
    rank.log({ "rank/loss": 20 }, 20);
    await rank.end();
    await untilArrived(at, run.id);
    const view = await viewAt(at, run.id);
    expect([view?.status, view?.metrics.get("rank/loss")?.series.length]).toEqual(["finished", 21]);
  });

  it("are delivered by one process at a time: what has the lease is left alone", async () => {
    const at = await scene();
    await at.gate.set("silent");
    const run = trackerIn(at, at.place).startRun();
    run.log({ loss: 1 }, 1);
    await until(() => at.gate.troubles > 0);
    expect(await syncRuns({ store: at.store(), runs: [run.id], open })).toMatchObject([{ state: "busy" }]);
    await at.gate.set(undefined);
    await run.end();
    await untilArrived(at, run.id);
  });
});

it("a lag is told once, again when it has doubled, and when it is over", async () => {
  const at = await scene();
  await at.gate.set("away");
  const lags: number[] = [];
  const said: string[] = [];
  const { watchLag } = await import("../../src/delivery/lag-watch.ts");
  const run = trackerIn(at, at.place).startRun();
  run.log({ loss: 1 }, 1);
  const stop = watchLag({
    store: at.store(),
    run: run.id,
    subject: "places/run_001",
    say: (line) => said.push(line),
    onLag: ({ lagMs }) => lags.push(lagMs),
    alertMs: 500,
    lookEveryMs: 50,
  });
  await vi.waitFor(() => expect(lags.length).toBe(2), 10_000);
  expect(lags[1]).toBeGreaterThanOrEqual(2 * lags[0]!);
  await at.gate.set(undefined);
  await vi.waitFor(() => expect(lags.at(-1)).toBe(0), 10_000);
  stop();
  expect(said[0]).toMatch(/ is 2 events and \d+ s behind.* training goes on, nothing is lost$/);
  expect(said.at(-1)).toBe(`places/run_001: ${at.place} has caught up`);
  await run.end();
});
