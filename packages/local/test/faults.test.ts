import { writeFileSync } from "node:fs";
import { type Delivery, isRunferryError, startCursor } from "@runferry/core";
import { nodeFileSystem, openStore, type Store } from "@runferry/local";
import { createFaultFs, type FaultCode } from "@runferry/testkit";
import { afterAll, expect, test } from "vitest";
import { eventsOf, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const taken = new Map<string, number>();

/** Counts the ways to recover that a test took; one that no test took fails at the end. */
function count(ways: object): void {
  for (const [way, times] of Object.entries(ways)) taken.set(way, (taken.get(way) ?? 0) + Number(times));
}

function faultyStore(options: { readonly durability?: "buffered" | "process" | "power" } = {}) {
  const faulty = createFaultFs(nodeFileSystem);
  const folder = temporary();
  const store = openStore(folder, { ...options, fileSystem: faulty.fileSystem });
  const { run, writer } = store.createRun({ experiment: "faults" });
  const log = (step: number) => writer.tryAppend({ kind: "metrics.logged", step, values: { loss: step } });
  const written = () => eventsOf(openStore(folder).run(run.id).journal);
  return { faulty, folder, store, run, writer, log, written };
}

afterAll(() => {
  console.log(`ways to recover: ${[...taken].map(([way, times]) => `${way} ${times}`).join(", ")}`);
  const ways = [
    "tornCut",
    "shortWrites",
    "failedCut",
    "cutLater",
    "lostTold",
    "renames kept",
    "cache unwritten",
    "retries",
  ];
  for (const way of ways) expect(taken.get(way) ?? 0, `nobody took the way ${way}`).toBeGreaterThan(0);
});

for (const code of ["ENOSPC", "EIO", "EROFS"] satisfies FaultCode[]) {
  for (const takes of [0, 1, 40]) {
    test(`${code} after ${takes} bytes: the gap is counted and told, the rest is whole`, async () => {
      const { faulty, writer, log, written } = faultyStore();
      log(1);
      faulty.add({ call: "writeSync", path: "main.ndjson", code, takes, times: 3 });
      const results = [log(2), log(3), log(4), log(5), log(6)].map((appended) => appended.status);
      faulty.heal();
      log(7);
      const lost = results.filter((status) => status === "lost").length;
      expect(lost).toBeGreaterThan(0);
      writer.closeNow();
      const events = await written();
      expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
      expect(events.filter((event) => event.kind === "events.lost")).toMatchObject([
        { count: lost, reason: expect.stringContaining(code) },
      ]);
      expect(events.filter((event) => event.kind === "metrics.logged")).toHaveLength(7 - lost);
      count(writer.recoveries);
    });
  }
}

test("a short write without an error is gone on with", async () => {
  const { faulty, writer, log, written } = faultyStore();
  for (const takes of [1, 7, 100]) {
    faulty.add({ call: "writeSync", path: "main.ndjson", takes });
    expect(log(takes).status).toBe("recorded");
  }
  writer.closeNow();
  expect(await written()).toHaveLength(4);
  count(writer.recoveries);
});

test("a torn end that could not be cut at once is cut before the next append", async () => {
  const { faulty, writer, log, written } = faultyStore();
  faulty.add({ call: "writeSync", path: "main.ndjson", code: "EIO", takes: 10 });
  faulty.add({ call: "ftruncateSync", code: "EIO" });
  expect(log(1).status).toBe("lost");
  expect(log(2).status).toBe("recorded");
  writer.closeNow();
  expect((await written()).map((event) => event.kind)).toEqual(["run.started", "events.lost", "metrics.logged"]);
  count(writer.recoveries);
});

test("a torn end that a dead writer left is cut at opening", async () => {
  const { faulty, run, store, writer, log, written } = faultyStore();
  faulty.add({ call: "writeSync", path: "main.ndjson", code: "EIO", takes: 10 });
  faulty.add({ call: "ftruncateSync", code: "EIO", times: Number.POSITIVE_INFINITY });
  log(1);
  expect(() => writer.closeNow()).toThrow("1 events could not be written");
  faulty.heal();
  const next = store.run(run.id).writer();
  expect(next.append({ kind: "metrics.logged", step: 2, values: { loss: 2 } }).seq).toBe(2);
  next.closeNow();
  expect(await written()).toHaveLength(2);
  count(next.recoveries);
});

test("power: an event that could not be synced is taken back", async () => {
  const { faulty, writer, log, written } = faultyStore({ durability: "power" });
  faulty.add({ call: "fdatasyncSync", code: "EIO" });
  expect([log(1).status, log(2).status]).toEqual(["lost", "recorded"]);
  writer.closeNow();
  expect((await written()).map((event) => event.kind)).toEqual(["run.started", "events.lost", "metrics.logged"]);
  count(writer.recoveries);
});

test("buffered: what could not be written waits, and what did not fit is told", async () => {
  const { faulty, writer, written } = faultyStore({ durability: "buffered" });
  faulty.add({ call: "writeSync", path: "main.ndjson", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
  const text = "x".repeat(10_000);
  const log = () => writer.tryAppend({ kind: "console.logged", from: "stdout", text }).status;
  const results = Array.from({ length: 150 }, log);
  const lost = results.filter((status) => status === "lost").length;
  expect(lost).toBeGreaterThan(0);
  await expect(writer.flush()).rejects.toThrow("could not be written");
  faulty.heal();
  await writer.flush();
  writer.closeNow();
  const events = await written();
  expect(events.filter((event) => event.kind === "console.logged")).toHaveLength(150 - lost);
  expect(events.filter((event) => event.kind === "events.lost")).toMatchObject([{ count: lost }]);
  count(writer.recoveries);
});

test("a store that cannot be made or written says so before any training", () => {
  for (const code of ["EROFS", "ENOSPC", "EMFILE", "EACCES"] satisfies FaultCode[]) {
    const faulty = createFaultFs(nodeFileSystem);
    faulty.add({ call: "openSync", code, times: Number.POSITIVE_INFINITY });
    const error = thrownBy(() => openStore(temporary(), { fileSystem: faulty.fileSystem }));
    expect(isRunferryError(error, "unavailable")).toBe(true);
    expect(String(error)).toContain(code);
  }
});

test("a run that cannot be created leaves no lock behind", () => {
  const { faulty, store } = faultyStore();
  faulty.add({ call: "writeSync", path: "main.ndjson", code: "ENOSPC" });
  const id = "0123456789abcdefghjkmnpqrs";
  expect(
    isRunferryError(
      thrownBy(() => store.createRun({ id, experiment: "faults" })),
      "unavailable",
    ),
  ).toBe(true);
  faulty.heal();
  store.run(id).writer().closeNow();
});

function deliveryThrough(through: number): Delivery {
  const stream = { cursor: { ...startCursor, through }, differences: [], parked: [] };
  return {
    destination: "mlflow-00000000",
    kind: "mlflow",
    address: "http://ml",
    mapping: 1,
    streams: { main: stream },
  };
}

async function savedThrough(store: Store, run: string): Promise<number | undefined> {
  return (await store.deliveries.load(run, "mlflow-00000000"))?.streams.main?.cursor.through;
}

test("a saved delivery is the old or the new, whole, whatever fails, also after a power cut", async () => {
  for (const call of ["openSync", "writeSync", "fsyncSync", "renameSync"]) {
    const { faulty, run, store } = faultyStore();
    await store.deliveries.save(run.id, deliveryThrough(1));
    faulty.powerCut();
    expect(await savedThrough(store, run.id)).toBe(1);
    faulty.add({ call, code: "EIO" });
    await expect(store.deliveries.save(run.id, deliveryThrough(2))).rejects.toThrow("could not be saved");
    faulty.powerCut();
    expect(await savedThrough(store, run.id)).toBe(1);
    await store.deliveries.save(run.id, deliveryThrough(3));
    expect(await savedThrough(store, run.id)).toBe(3);
    count({ "renames kept": 1 });
  }
});

test("a rename that is lost leaves the old progress, whole", async () => {
  const { faulty, run, store } = faultyStore();
  await store.deliveries.save(run.id, deliveryThrough(1));
  faulty.add({ call: "fsyncSync", path: "delivery", code: "EIO" });
  await expect(store.deliveries.save(run.id, deliveryThrough(2))).rejects.toThrow("EIO");
  faulty.powerCut();
  expect(await savedThrough(store, run.id)).toBe(1);
});

test("progress at a folder is not synced: what a power cut leaves of it is the old, or nothing", async () => {
  const { faulty, run, store } = faultyStore();
  const through = async () =>
    (await store.deliveries.load(run.id, "mlflow-00000000"))?.streams.main?.cursor.through ?? "nothing";
  const save = (event: number) => store.deliveries.save(run.id, { ...deliveryThrough(event), address: "/tb" });
  faulty.add({ call: "fsyncSync", code: "EIO", times: Number.POSITIVE_INFINITY });
  await save(1);
  await save(2);
  expect(await through()).toBe(2);
  faulty.powerCut();
  expect(await through()).toBe("nothing");
  for (const left of ["", "\0\0\0"]) {
    writeFileSync(`${run.folder}/delivery/mlflow-00000000.json`, left);
    expect(await through()).toBe("nothing");
    await save(3);
    expect(await through()).toBe(3);
  }
});

test("a cache that cannot be written changes nothing but the speed", () => {
  const { faulty, store, writer, log } = faultyStore();
  log(1);
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
  faulty.add({ call: "mkdirSync", path: "cache", code: "EROFS", times: Number.POSITIVE_INFINITY });
  expect(store.list()).toMatchObject([{ status: "finished", metrics: { loss: { last: 1, count: 1 } } }]);
  count({ "cache unwritten": faulty.struck.get("mkdirSync EROFS") ?? 0 });
});

test("an artifact is there as a whole or not at all", async () => {
  const { faulty, run } = faultyStore();
  const bytes = new TextEncoder().encode("weights");
  for (const call of ["openSync", "write", "renameSync"]) {
    faulty.add({ call, code: "ENOSPC" });
    await expect(run.putArtifact(bytes, "model.bin")).rejects.toThrow("ENOSPC");
    expect(nodeFileSystem.readdirSync(`${run.folder}/artifacts`)).toEqual([]);
    expect(nodeFileSystem.readdirSync(`${run.folder}/.incoming`)).toEqual([]);
    count({ retries: 1 });
  }
  const { file } = await run.putArtifact(bytes, "model.bin");
  expect(file.bytes).toBe(7);
});

test("where there are no hard links, stores, locks and replaced files work all the same", async () => {
  const faulty = createFaultFs(nodeFileSystem);
  faulty.add({ call: "linkSync", code: "EPERM", times: Number.POSITIVE_INFINITY });
  const store = openStore(temporary(), { fileSystem: faulty.fileSystem });
  const { run, writer } = store.createRun({ experiment: "faults" });
  expect(
    isRunferryError(
      thrownBy(() => run.writer()),
      "locked",
    ),
  ).toBe(true);
  const { file } = await run.putArtifact(new Uint8Array([1]), "a");
  await run.putArtifact(new Uint8Array([2]), "a");
  expect(run.pathOf(file)).toContain(".replaced");
  writer.closeNow();
  expect(faulty.struck.get("linkSync EPERM")).toBeGreaterThan(3);
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (cause) {
    return cause;
  }
  throw new Error("nothing was thrown");
}
