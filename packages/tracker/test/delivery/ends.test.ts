import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Tracker } from "@runferry/tracker";
import { describe, expect, it } from "vitest";
import { awaitDelivery } from "../../src/delivery/await-delivery.ts";
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

it("the wait moves one line of a terminal, and takes it away", async () => {
  const at = await scene();
  const wiring = { environment: { RUNFERRY_DELIVERY: "off" }, cwd: at.folder };
  const run = new Tracker({ backend: at.place, quiet: true }, wiring).startRun();
  await run.end();
  let shown = "";
  const said: string[] = [];
  await awaitDelivery({
    store: at.store(),
    run: run.id,
    subject: "default/run_001",
    limitMs: 300,
    goesOn: true,
    say: (line) => said.push(line),
    terminal: { write: (text) => (shown += text) },
  });
  const lines = shown.split("\r\u001b[2K");
  expect(lines).toEqual(["", expect.stringMatching(/^runferry {2}default\/run_001 → mlflow:\S+ 0\/2 · Ctrl-C/), ""]);
  expect(said).toEqual([expect.stringContaining("has 2 events still to come")]);
  expect(process.listenerCount("SIGINT")).toBe(0);
});

it("the sources can be run as they are", async () => {
  const at = await scene();
  const training = { backend: "tensorboard:tb", steps: 100, way: "wait", isReal: true, isSource: true } as const;
  const { child, said, ended } = at.start(training);
  const run = await said("trained");
  await untilArrived(at, run, "tensorboard");
  const [pid] = deliveryProcesses(at.folder);
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toContain("tracker/src/delivery/process.ts");
  child.kill("SIGKILL");
  await ended;
  await until(() => deliveryProcesses(at.folder).length === 0);
});

describe("where a process cannot be had or is not wanted", () => {
  it.each([
    ["is not there", undefined, /no process can be had to deliver in \(its program is not there/],
    ["dies at once", "process.exit(3)", /no process can be had to deliver in \(it ended with 3\)/],
  ])("it is done in the training itself: the program %s", async (_what, program, message) => {
    const at = await scene();
    const entry = join(at.folder, "entry.mjs");
    if (program !== undefined) writeFileSync(entry, program);
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    const wiring = { environment: {}, cwd: at.folder, say, delivery: { entry } };
    const run = new Tracker({ backend: "tensorboard:tb" }, wiring).startRun();
    run.log({ loss: 1 }, 1);
    await until(() => said.some((line) => message.test(line)));
    await run.end();
    expect(await statusOf(at, run.id, "tensorboard")).toMatchObject({ state: "up to date", delivered: 3 });
  });

  it.each([{ CI: "true" }, { RUNFERRY_DELIVERY: "inline" }])("it is done in the training itself: %j", async (env) => {
    const at = await scene();
    const training = { backend: "tensorboard:tb", steps: 1000, waitMs: 20_000, isReal: true };
    const { said, ended } = at.start(training, env);
    const run = await said("trained");
    expect((await ended).code).toBe(0);
    expect(await statusOf(at, run, "tensorboard")).toMatchObject({ state: "up to date", delivered: 1002 });
    expect(deliveryProcesses(at.folder)).toEqual([]);
  });

  it("it says who sends what is still to come", async () => {
    const at = await scene();
    const training = { backend: "mlflow:http://127.0.0.1:9", steps: 10, waitMs: 300, isReal: true, loud: true };
    const { stderr } = await at.start(training, { CI: "1" }).ended;
    expect(stderr).toContain("12 events still to come");
    expect(stderr).toContain("the next start sends them, or runferry sync");
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
