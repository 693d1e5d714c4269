import { expect, it } from "vitest";
import { endOf, eventsOf, onlyRun, startChild } from "../workshop.ts";
import { deliveryProcesses, kill, scene, until, untilArrived, viewAt } from "./scene.ts";

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
