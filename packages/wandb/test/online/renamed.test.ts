import { fold, memoryDeliveries, observerStream } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observedRun, onlyStreams } from "../observed-run.ts";
import { deliver, project, unlike } from "./deliver.ts";

let server: WandbServer;
beforeEach(async () => {
  server = await startWandbServer();
});
afterEach(() => server.close());

const idsThere = () => server.runs().map((path) => path.replace(`${server.entity}/${project}/`, ""));

test("a run that was deleted there is refused, and goes there whole under another id, which is remembered", async () => {
  const { journal, main } = await observedRun();
  const deliveries = memoryDeliveries();
  expect((await deliver(server, journal, { deliveries })).state).toBe("delivered");
  server.deleteRun(server.entity, project, journal.run);
  main.append({ kind: "metrics.logged", step: 30, values: { loss: 30 } });
  const refused = await deliver(server, journal, { deliveries });
  expect(refused).toMatchObject({ state: "gone", cause: expect.stringContaining("--as <new id>") });
  const only = onlyStreams(journal, ["main"]);
  expect((await deliver(server, only, { deliveries, as: "again" })).state).toBe("delivered");
  expect(idsThere()).toEqual(["again"]);
  expect(await unlike(server, only)).toEqual([]);
  // Another process, another stream, and nobody says the id any more.
  main.append({ kind: "metrics.logged", step: 31, values: { loss: 31 } });
  expect((await deliver(server, onlyStreams(journal, ["main", observerStream]), { deliveries })).state).toBe(
    "delivered",
  );
  expect(idsThere()).toEqual(["again"]);
  expect(await unlike(server, journal)).toEqual([]);
});

test("all of any run goes under it, also its further streams", async () => {
  for (const { name, journal } of await hostileRuns(7, { names: 5, mixtures: 2 })) {
    const as = `as-${journal.run}`;
    expect((await deliver(server, journal, { as })).state, name).not.toBe("gone");
    expect(await unlike(server, journal), name).toEqual([]);
    expect(idsThere().every((id) => id.startsWith("as-"))).toBe(true);
    expect((await fold(journal)).id).toBe(journal.run);
  }
});

test("one that is there gets no second id", async () => {
  const { journal } = await observedRun();
  const deliveries = memoryDeliveries();
  await deliver(server, journal, { deliveries });
  await expect(deliver(server, journal, { deliveries, as: "again" })).rejects.toMatchObject({ code: "bad_option" });
  expect(idsThere()).toEqual([journal.run]);
});
