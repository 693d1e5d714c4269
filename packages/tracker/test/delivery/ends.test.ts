import { describe, expect, it } from "vitest";
import { deliveryProcesses, scene, statusOf, until, untilArrived, viewAt } from "./scene.ts";

describe("end()", () => {
  it("ends the run at once, and resolves when everything has arrived", async () => {
    const at = await scene();
    const { said, ended } = at.start({ backend: at.place, steps: 1000, waitMs: 20_000, loud: true });
    const run = await said("is ended: true");
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(await statusOf(at, run)).toMatchObject({ state: "up to date", delivered: 1002 });
    expect(stderr).not.toContain("still to come");
  });

  it("says what is still to come after its limit, and leaving loses nothing", async () => {
    const at = await scene();
    await at.gate.set("silent");
    const { said, ended } = at.start({ backend: at.place, steps: 1000, waitMs: 1500, loud: true });
    const run = await said("trained");
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`${at.place} has 1 002 events still to come; that goes on without this process`);
    await at.gate.set(undefined);
    await untilArrived(at, run);
    expect((await viewAt(at, run))?.status).toBe("finished");
    await until(() => deliveryProcesses(at.folder).length === 0);
  });

  it("is waited for no longer after Ctrl-C, which ends neither the training nor the delivery", async () => {
    const at = await scene();
    await at.gate.set("silent");
    const { child, said, ended } = at.start({ backend: at.place, steps: 100, waitMs: 30_000, exitCode: 5 });
    const run = await said("is ended: true");
    await until(() => deliveryProcesses(at.folder).length === 1);
    child.kill("SIGINT");
    const { code, signal, stdout } = await ended;
    expect([code, signal]).toEqual([5, null]);
    expect(stdout).toContain("\nended\n");
    await at.gate.set(undefined);
    await untilArrived(at, run);
  });

  it("does not wait long for a place that is known to be away", async () => {
    const at = await scene();
    await at.gate.set("away");
    const startedAt = Date.now();
    const { ended } = at.start({ backend: at.place, steps: 100, waitMs: 30_000, loud: true });
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    expect(stderr).toMatch(/has 102 events still to come \(.* is not available: the connection broke/);
  });
});

describe("where a process cannot be had or is not wanted", () => {
  it.each([{ CI: "true" }, { RUNFERRY_DELIVERY: "inline" }])("it is done in the training itself: %j", async (env) => {
    const at = await scene();
    const training = { backend: "tensorboard:tb", steps: 1000, waitMs: 20_000, isReal: true };
    const { said, ended } = at.start(training, env);
    const run = await said("trained");
    expect((await ended).code).toBe(0);
    expect(await statusOf(at, run, "tensorboard")).toMatchObject({ state: "up to date", delivered: 1002 });
    expect(deliveryProcesses(at.folder)).toEqual([]);
  });

  it("it keeps no training from ending that does not wait", async () => {
    const at = await scene();
    const training = { backend: "tensorboard:tb", steps: 10, way: "forget", isReal: true } as const;
    const { code } = await at.start(training, { CI: "1" }).ended;
    expect(code).toBe(0);
  });

  it.each([{ RUNFERRY_DELIVERY: "off" }, { RUNFERRY_MODE: "offline" }])("%j delivers nothing, yet", async (env) => {
    const at = await scene();
    const { said, ended } = at.start({ backend: at.place, steps: 10, waitMs: 20_000 }, env);
    const run = await said("trained");
    expect((await ended).code).toBe(0);
    expect(await statusOf(at, run)).toMatchObject({ state: "stopped", place: at.place, waiting: { events: 12 } });
    const next = at.start({ backend: at.place, steps: 10, waitMs: 20_000 });
    await next.said("ended");
    await untilArrived(at, run);
  });
});
