import { nodeFileSystem } from "@runferry/local";
import { createFaultFs } from "@runferry/testkit";
import { Tracker } from "@runferry/tracker";
import { expect, it } from "vitest";
import { createDeliveryService } from "../../src/delivery/delivery-service.ts";
import { endOf, eventsOf, onlyRun, startChild } from "../workshop.ts";
import { open } from "./open-toys.ts";
import { deliveryProcesses, kill, scene, statusOf, until, untilArrived, viewAt } from "./scene.ts";

it("a disk that is full while a run is delivered: once there is room, every point is there once", async () => {
  const at = await scene();
  const wiring = { environment: { RUNFERRY_DELIVERY: "off" }, cwd: at.folder };
  const run = new Tracker({ experiment: "full", backend: at.place, quiet: true }, wiring).startRun();
  for (let step = 0; step < 50; step++) run.log({ loss: step }, step);
  const { fileSystem, add, heal, struck } = createFaultFs(nodeFileSystem);
  const said: string[] = [];
  const patience = { firstMs: 50, longestMs: 200 };
  const service = createDeliveryService({ log: (line) => said.push(line), open, fileSystem, patience });
  service.serve(at.store().folder, run.id);
  await untilArrived(at, run.id);
  add({ call: "writeSync", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
  let step = 50;
  await until(() => {
    run.log({ loss: step }, step++);
    return said.some((line) => line.includes("ENOSPC"));
  });
  expect(struck.size).toBeGreaterThan(0);
  expect(await statusOf(at, run.id)).toMatchObject({ delivered: 51, waiting: { events: step - 50 } });
  heal();
  await run.end(undefined, { waitMs: 0 });
  await service.idle();
  expect(await statusOf(at, run.id)).toMatchObject({ state: "up to date", delivered: step + 2 });
  const view = await viewAt(at, run.id);
  expect([view?.status, view?.metrics.get("loss")?.series.length]).toEqual(["finished", step]);
});

it("a disk that is full for the training for good: the end that it could not write is told, and shown there", async () => {
  const at = await scene();
  const { code } = await endOf(startChild("full-disk", at.folder, ["for good", at.place], { CI: "" }));
  expect(code).toBe(0);
  const { id } = onlyRun(at.store().folder);
  await untilArrived(at, id);
  const [end] = await eventsOf(at.store().folder, id, "observer");
  expect(end).toMatchObject({ kind: "run.ended", status: "finished", exitCode: 0 });
  const view = await viewAt(at, id);
  expect([view?.status, view?.metrics.get("loss")?.series.length]).toEqual(["finished", 10]);
  await until(() => deliveryProcesses(at.folder).length === 0);
});

it("SIGTERM to the delivery process: it leaves what it cannot finish soon to the next, which the training starts", async () => {
  const at = await scene();
  await at.gate.set("silent");
  const { said, ended } = at.start({ backend: at.place, steps: 4000, pauseEvery: 10, pauseMs: 5, waitMs: 10_000 });
  const run = await said("step 1000");
  await until(() => at.gate.troubles > 0);
  const [first] = deliveryProcesses(at.folder);
  kill(first!, "SIGTERM");
  await until(() => at.log().includes(`${first} SIGTERM: leaves soon`));
  await until(() => deliveryProcesses(at.folder).some((pid) => pid !== first));
  expect(() => process.kill(first!, 0)).toThrow("ESRCH");
  await at.gate.set(undefined);
  expect((await ended).code).toBe(0);
  await untilArrived(at, run);
  const view = await viewAt(at, run);
  expect([view?.status, view?.metrics.get("loss")?.series.length]).toEqual(["finished", 4000]);
});
