import { utimesSync } from "node:fs";
import { join } from "node:path";
import { openStore, ownIdentity } from "@runferry/local";
import { describe, expect, it } from "vitest";
import { eventsOf } from "../workshop.ts";
import { deliveryProcesses, kill, scene, statusOf, until, untilArrived, viewAt } from "./scene.ts";

const dirOf = (folder: string) => join(folder, "runferry");

describe("the death of the training", () => {
  it("by kill -9: all that was logged arrives, and the run is killed there in seconds", async () => {
    const at = await scene();
    const { child, said, ended } = at.start({ backend: at.place, steps: 1000, way: "wait" });
    const run = await said("trained");
    child.kill("SIGKILL");
    await ended;
    const killedAt = Date.now();
    await untilArrived(at, run);
    expect(Date.now() - killedAt).toBeLessThan(30_000); // a heartbeat that stands still tells it after minutes
    const view = await viewAt(at, run);
    expect([view?.status, view?.metrics.get("loss")?.series.length]).toEqual(["killed", 1000]);
    expect(await eventsOf(dirOf(at.folder), run, "observer")).toMatchObject([{ kind: "run.ended", status: "killed" }]);
    await until(() => deliveryProcesses(at.folder).length === 0);
  });

  it.each([
    ["exit code 0", 0, "finished"],
    ["exit code 3", 3, "failed"],
  ])("with %s and without a word", async (_how, exitCode, status) => {
    const at = await scene();
    const { said, ended } = at.start({ backend: at.place, steps: 100, way: "forget", exitCode });
    const run = await said("trained");
    expect((await ended).code).toBe(exitCode);
    await untilArrived(at, run);
    expect((await viewAt(at, run))?.status).toBe(status);
  });

  it("that is no death: a stopped one is waited for", async () => {
    const at = await scene();
    const { child, said, ended } = at.start({ backend: at.place, steps: 3000, pauseEvery: 10, pauseMs: 5 });
    const run = await said("step 1000");
    child.kill("SIGSTOP");
    await until(async () => (await viewAt(at, run))?.status === "running");
    await untilArrived(at, run);
    await new Promise((resolve) => setTimeout(resolve, 1000)); // in which nothing must happen
    expect(at.store().run(run).streams).toEqual(["main"]);
    expect((await viewAt(at, run))?.status).toBe("running");
    child.kill("SIGCONT");
    expect((await ended).code).toBe(0);
    await untilArrived(at, run);
    expect((await viewAt(at, run))?.status).toBe("finished");
  });

  it("that another host believes in, is void when it goes on", async () => {
    const at = await scene();
    const { child, said, ended } = at.start({ backend: at.place, steps: 3000, pauseEvery: 10, pauseMs: 5 });
    const run = await said("step 1000");
    child.kill("SIGSTOP");
    const old = Date.now() / 1000 - 3600; // what a heartbeat that has stood still looks like from there
    utimesSync(join(at.store().run(run).folder, "journal/main.lock"), old, old);
    const elsewhere = openStore(dirOf(at.folder), { identity: { ...ownIdentity(), host: "elsewhere" } });
    await until(() => elsewhere.run(run).recordKilled());
    await until(async () => (await viewAt(at, run))?.status === "killed");
    child.kill("SIGCONT");
    await until(async () => (await viewAt(at, run))?.status === "running");
    expect((await ended).code).toBe(0);
    await untilArrived(at, run);
    const view = await viewAt(at, run);
    expect([view?.status, view?.metrics.get("loss")?.series.length]).toEqual(["finished", 3000]);
  });
});

describe("the death of the delivery process", () => {
  it("is noticed by the training, which starts another", async () => {
    const at = await scene();
    const { said, ended } = at.start({ backend: at.place, steps: 4000, pauseEvery: 10, pauseMs: 5, waitMs: 10_000 });
    const run = await said("step 1000");
    await until(() => deliveryProcesses(at.folder).length === 1);
    const [first] = deliveryProcesses(at.folder);
    kill(first!, "SIGKILL");
    await until(() => deliveryProcesses(at.folder).length === 2);
    expect((await ended).code).toBe(0);
    await untilArrived(at, run);
    expect((await viewAt(at, run))?.metrics.get("loss")?.series.length).toBe(4000);
  });

  it("after the training has ended leaves an orphan, which the next start takes", async () => {
    const at = await scene();
    await at.gate.set("away");
    const { said, ended } = at.start({ backend: at.place, steps: 500 });
    const run = await said("trained");
    expect((await ended).code).toBe(0);
    await until(() => deliveryProcesses(at.folder).length === 1);
    const [pid] = deliveryProcesses(at.folder);
    kill(pid!, "SIGKILL");
    await at.gate.set(undefined);
    // Until the attempt that it had announced is overdue, it may be thought to live.
    await until(async () => (await statusOf(at, run))?.state === "stopped");
    expect(await statusOf(at, run)).toMatchObject({ delivered: 0, waiting: { events: 502 } });
    const next = at.start({ backend: at.place, steps: 10 });
    const other = await next.said("ended");
    await untilArrived(at, run);
    await untilArrived(at, other);
    expect((await viewAt(at, run))?.metrics.get("loss")?.series.length).toBe(500);
    expect(at.log()).toContain(`${run} → ${at.place}: taken over`);
  });
});
