import { fold, type Journal, memoryDeliveries, observerStream } from "@runferry/core";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wandbSource } from "../../src/index.ts";
import { observedRun, onlyStreams } from "../observed-run.ts";
import { deliver, left, unlike } from "./deliver.ts";
import { optionsFor } from "./subject.ts";

let server: WandbServer;
beforeEach(async () => {
  server = await startWandbServer();
});
afterEach(() => server.close());

async function endThere(id: string) {
  const { state, exitcode } = await left(server, id);
  for await (const run of wandbSource(optionsFor(server, "p")).runs()) {
    const { status, ended } = await fold(run);
    return { state, exitcode, status, why: ended?.error?.type };
  }
  throw new Error("there is no run");
}

const killed = { state: "failed", exitcode: 137, status: "killed", why: "SIGKILL" };
const running = { state: "running", exitcode: null, status: "running", why: undefined };
const finished = { state: "finished", exitcode: 0, status: "finished", why: undefined };

test.each([
  ["together", [["main", observerStream]]],
  ["the run first", [["main"], [observerStream]]],
  ["the end first", [[observerStream], ["main"]]],
  ["the end twice", [[observerStream], ["main"], [observerStream]]],
])("an end seen from outside ends the run itself: %s", async (_name, orders) => {
  const { journal } = await observedRun();
  // Each with nothing remembered, as another process would.
  for (const names of orders) {
    expect((await deliver(server, onlyStreams(journal, names), { batch: { events: 2 } })).state).toBe("delivered");
  }
  expect(server.runs()).toEqual([`${server.entity}/p/${journal.run}`]);
  expect(await endThere(journal.run)).toEqual(killed);
  expect(await unlike(server, journal)).toEqual([]);
});

test("it is void once the run goes on, whether a row is logged or not", async () => {
  for (const event of [
    { kind: "metrics.logged", step: 3, values: { loss: 3 } },
    { kind: "tags.set", values: { late: "yes" } },
    { kind: "run.resumed" },
  ] as const) {
    const { journal, main } = await observedRun();
    const deliveries = memoryDeliveries();
    const goOn = async () => {
      expect((await deliver(server, journal, { deliveries })).state).toBe("delivered");
      expect(await unlike(server, journal)).toEqual([]);
      return endThere(journal.run);
    };
    expect(await goOn()).toEqual(killed);
    main.append(event);
    expect([event.kind, await goOn()]).toEqual([event.kind, running]);
    main.append({ kind: "run.ended", status: "finished" });
    expect(await goOn()).toEqual(finished);
    await server.close();
    server = await startWandbServer();
  }
});

test("a file that comes after the end, from another process, leaves it ended", async () => {
  const { journal } = await observedRun();
  const deliveries = memoryDeliveries();
  const unreadable: Journal = {
    ...journal,
    // biome-ignore lint/correctness/useYield: the disk cannot be read
    async *open() {
      throw new Error("the disk is away");
    },
  };
  await expect(deliver(server, unreadable, { deliveries })).rejects.toThrow("the disk is away");
  await deliver(server, onlyStreams(journal, [observerStream]), { deliveries });
  expect(await endThere(journal.run)).toEqual(killed);
  expect((await deliver(server, journal, { deliveries })).state).toBe("delivered");
  expect(await endThere(journal.run)).toEqual(killed);
  expect(await unlike(server, journal)).toEqual([]);
});
