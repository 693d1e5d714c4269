import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunferryError, startCursor } from "@runferry/core";
import { openStore, ownIdentity } from "@runferry/local";
import { describe, expect, it } from "vitest";
import { deadIdentity, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const destination = "toy-01234567";

function newRun(points: number) {
  const folder = temporary();
  const store = openStore(folder);
  const { run, writer } = store.createRun({ experiment: "behind" });
  for (let step = 0; step < points; step++) {
    writer.append({ kind: "metrics.logged", step, values: { loss: step }, context: { pad: "x".repeat(step % 500) } });
  }
  return { folder, store, run, writer };
}

describe("what is behind a cursor", () => {
  it("is counted in events and bytes, with the time of the oldest, wherever the cursor is", () => {
    const { run, writer } = newRun(3000);
    const all = [...run.events()];
    for (const through of [0, 1, 2, 1500, 2999, 3000]) {
      const { events, bytes, oldestAt } = run.behind("main", through);
      expect([events, oldestAt]).toEqual([3001 - through, all[through]!.at]);
      expect(bytes).toBeGreaterThan(events * 60);
      if (through > 0) expect(bytes).toBeLessThan(run.behind("main", through - 1).bytes);
    }
    expect(run.behind("main", 3001)).toEqual({ events: 0, bytes: 0 });
    expect(run.behind("rank1", 0)).toEqual({ events: 0, bytes: 0 });
    writer.closeNow();
  });

  it("is found past damaged lines", () => {
    const { run, writer } = newRun(3);
    writer.closeNow();
    const path = join(run.folder, "journal/main.ndjson");
    const lines = [...run.events()].map((event) => `{"seq":${event.seq},"at":${event.at},"kind":"x"}`);
    writeFileSync(path, [lines[0], "spoilt".repeat(9000), ...lines.slice(2), ""].join("\n"));
    expect(run.behind("main", 1).events).toBeGreaterThan(0);
  });
});

describe("a delivery", () => {
  const delivery = (through: number) => ({
    destination,
    kind: "toy",
    address: "x",
    mapping: 1,
    state: "delivered" as const,
    streams: { main: { cursor: { ...startCursor, through, bulk: through }, differences: [], parked: [] } },
  });

  it("is settled when everything in the journal has arrived, and not any more when more comes", async () => {
    const { store, run, writer } = newRun(2);
    const { deliveries } = store;
    expect(deliveries.isSettled(run.id, destination)).toBe(false);
    await deliveries.save(run.id, delivery(2));
    writer.append({ kind: "metrics.logged", values: { loss: 1 } });
    expect(deliveries.isSettled(run.id, destination)).toBe(false);
    await deliveries.save(run.id, delivery(4));
    expect(deliveries.isSettled(run.id, destination)).toBe(true);
    await deliveries.save(run.id, { ...delivery(4), state: "incomplete" });
    expect(deliveries.isSettled(run.id, destination)).toBe(false);
    writer.closeNow();
  });

  it("knows its places, which are no destinations", () => {
    const { store, run, writer } = newRun(0);
    expect(store.deliveries.places(run.id)).toEqual([]);
    store.deliveries.setPlaces(run.id, ["tensorboard:/tb"]);
    expect(store.deliveries.places(run.id)).toEqual(["tensorboard:/tb"]);
    expect(store.deliveries.destinations(run.id)).toEqual([]);
    writer.closeNow();
  });

  it("is leased by one process at a time; the lease of a dead one is taken over", () => {
    const { folder, store, run, writer } = newRun(0);
    const { deliveries } = store;
    openStore(folder, { identity: deadIdentity() }).deliveries.lease(run.id, destination);
    expect(deliveries.leaseHolder(run.id, destination)).toBeUndefined();
    const lease = deliveries.lease(run.id, destination);
    expect(deliveries.leaseHolder(run.id, destination)).toEqual(ownIdentity());
    expect(thrownBy(() => deliveries.lease(run.id, destination))).toBe("locked");
    lease.release();
    deliveries.lease(run.id, destination).release();
    writer.closeNow();
  });
});

function thrownBy(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (cause) {
    if (isRunferryError(cause)) return cause.code;
    throw cause;
  }
}
