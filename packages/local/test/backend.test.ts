import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  fold,
  forward,
  isRunferryError,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  missingFrom,
  type RunView,
} from "@runferry/core";
import { type FileSystem, localBackend, localSource, nodeFileSystem, openStore } from "@runferry/local";
import { Crash, createCrashPoints, createFaultFs } from "@runferry/testkit";
import { expect, test } from "vitest";
import { deadIdentity, eventsOf, stillHearts, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
stillHearts();
const id = "01jdq3k5x0abcdefghjkmnpqrs";

async function smallRun(): Promise<Journal> {
  const journal = memoryJournal(id);
  const writer = journal.writer();
  const started = { kind: "run.started", format: 1, id, name: "run_001", experiment: "copy", createdAt: 1 } as const;
  writer.append(started, 1);
  writer.append({ kind: "params.set", values: { lr: 0.1 } }, 2);
  writer.append({ kind: "metrics.logged", step: 1, values: { loss: Number.NaN, aux: -0 } }, 3.123);
  for (const text of ["one", "two", "six"]) {
    const file = await journal.putFile("notes/a.txt", new TextEncoder().encode(text));
    writer.append({ kind: "artifact.logged", file }, 4);
  }
  const image = await journal.putFile("media/x.png", new Uint8Array([1, 2, 3]));
  writer.append({ kind: "media.logged", name: "picture", media: { type: "image", file: image } }, 5);
  const worker = journal.writer("worker-1");
  worker.append({ kind: "metrics.logged", step: 1, values: { speed: 3 } }, 3);
  worker.append({ kind: "writer.ended" }, 4);
  writer.append({ kind: "run.ended", status: "finished" }, 6);
  return journal;
}

async function viewOf(folder: string): Promise<RunView> {
  for await (const journal of localSource(folder).runs({ ids: [id] })) return fold(journal);
  throw new Error("the run is not there");
}

async function expectWhole(folder: string, journal: Journal): Promise<void> {
  expect([...missingFrom(await fold(journal), await viewOf(folder))]).toEqual([]);
  const copy = openStore(folder).run(id).journal;
  for (const stream of ["main", "worker-1"]) {
    expect(await eventsOf(copy, stream)).toEqual(await eventsOf(journal, stream));
  }
  for (const event of await eventsOf(journal)) {
    if (event.kind !== "artifact.logged") continue;
    let text = "";
    for await (const piece of copy.open(event.file)) text += new TextDecoder().decode(piece);
    expect(text).toHaveLength(3);
  }
}

test("a run is copied as it is, once, however often it is delivered", async () => {
  const journal = await smallRun();
  const folder = temporary();
  for (let time = 0; time < 3; time++) {
    const backend = localBackend(folder);
    const { state, delivery } = await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
    expect([state, delivery.streams.main?.differences]).toEqual(["delivered", []]);
    await backend.close();
    await expectWhole(folder, journal);
  }
  expect(openStore(folder).list()).toMatchObject([{ id, status: "finished", params: { lr: 0.1 } }]);
  expect(openStore(folder).experiments.list()).toEqual([{ name: "copy" }]);
});

test("a crash before any side effect of a copy: the next delivery completes it", async () => {
  const journal = await smallRun();
  const counted = createCrashPoints();
  const whole = localBackend(temporary(), { fileSystem: createFaultFs(nodeFileSystem, counted).fileSystem });
  await forward({ journal, backend: whole, deliveries: memoryDeliveries(), mask: false });
  await whole.close();
  expect(counted.reached).toBeGreaterThan(50);
  let crashes = 0;
  for (let at = 1; at <= counted.reached; at++) {
    const folder = temporary();
    const crash = createCrashPoints(at);
    const fileSystem = createFaultFs(nodeFileSystem, crash).fileSystem;
    const deliveries = memoryDeliveries();
    const dying = async () => {
      const backend = localBackend(folder, { fileSystem, identity: deadIdentity() });
      await forward({ journal, backend, deliveries, mask: false, saveEveryMs: 0 });
      await backend.close();
    };
    const cause: unknown = await dying().catch((thrown: unknown) => thrown);
    expect(cause).toBeInstanceOf(Crash);
    crashes++;
    const backend = localBackend(folder);
    expect((await forward({ journal, backend, deliveries, mask: false })).state).toBe("delivered");
    await backend.close();
    await expectWhole(folder, journal);
  }
  console.log(`${crashes} crashes at ${counted.labels.size} kinds of side effect, each one recovered from`);
});

test("the copy of a damaged journal tells of the gap once", async () => {
  const [from, to] = [temporary(), temporary()];
  const { run, writer } = openStore(from).createRun({ id, experiment: "copy" });
  for (let step = 0; step < 5; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
  const path = `${run.folder}/journal/main.ndjson`;
  writeFileSync(path, readFileSync(path, "utf8").replace('"loss":1', '"loss":7').replace('"loss":2', '"loss":8'));
  const backend = localBackend(to);
  await forward({ journal: run.journal, backend, deliveries: memoryDeliveries(), mask: false });
  await backend.close();
  expect((await eventsOf(run.journal)).filter((event) => event.kind === "events.lost")).toMatchObject([{ count: 2 }]);
  expect(await eventsOf(openStore(to).run(id).journal)).toEqual(await eventsOf(run.journal));
});

test("a stream that someone else writes is not disturbed, and tried again", async () => {
  const folder = temporary();
  const { run } = openStore(folder).createRun({ id, experiment: "copy" });
  const backend = localBackend(folder);
  const retry = { attempts: 1 };
  const result = await forward({ journal: run.journal, backend, deliveries: memoryDeliveries(), retry, mask: false });
  expect(result.state).not.toBe("delivered");
  expect(result.cause).toContain("is being written by process");
});

test("a torn end in the copy is cut, and what it lacked comes again", async () => {
  const journal = await smallRun();
  const folder = temporary();
  const first = localBackend(folder);
  await forward({ journal, backend: first, deliveries: memoryDeliveries(), mask: false });
  await first.close();
  appendFileSync(`${openStore(folder).run(id).folder}/journal/main.ndjson`, '{"seq":9,"at":7,"ki');
  const second = localBackend(folder);
  await forward({ journal, backend: second, deliveries: memoryDeliveries(), mask: false });
  await second.close();
  await expectWhole(folder, journal);
});

test("afterwards the backend is closed", async () => {
  const backend = localBackend(temporary());
  await backend.close();
  const journal = await smallRun();
  const thrown: unknown = await forward({ journal, backend, deliveries: memoryDeliveries() }).catch(
    (cause: unknown) => cause,
  );
  expect(isRunferryError(thrown, "closed")).toBe(true);
});

test("however many runs go there, a few files are open at a time, and each goes on where it was", async () => {
  const folder = temporary();
  const open = new Set<number>();
  let most = 0;
  const fileSystem: FileSystem = {
    ...nodeFileSystem,
    openSync(...words) {
      const fd = nodeFileSystem.openSync(...words);
      open.add(fd);
      most = Math.max(most, open.size);
      return fd;
    },
    closeSync(fd) {
      nodeFileSystem.closeSync(fd);
      open.delete(fd);
    },
  };
  const backend = localBackend(folder, { fileSystem });
  const deliveries = memoryDeliveries();
  const runs = Array.from({ length: 200 }, (_, i) => {
    const journal = memoryJournal(`01jdq3k5x0${String(i).padStart(16, "0")}`);
    const writer = journal.writer();
    const start = { format: 1, id: journal.run, name: `run_${i}`, experiment: "many", createdAt: 1 } as const;
    writer.append({ kind: "run.started", ...start }, 1);
    return { journal, writer };
  });
  for (const { journal } of runs) await forward({ journal, backend, deliveries });
  for (const { journal, writer } of runs) {
    writer.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } }, 2);
    await forward({ journal, backend, deliveries });
  }
  await backend.close();
  expect(most).toBeLessThan(100);
  expect(open.size).toBe(0);
  const store = openStore(folder);
  for (const { journal } of runs) {
    expect(await eventsOf(store.run(journal.run).journal)).toEqual(await eventsOf(journal));
  }
});

test("a copy that has lost what it was told gets no end without a beginning", async () => {
  const folder = temporary();
  const journal = memoryJournal(id);
  const writer = journal.writer();
  writer.append({ kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt: 1 }, 1);
  const deliveries = memoryDeliveries();
  const deliver = async () => {
    const backend = localBackend(folder);
    try {
      return await forward({ journal, backend, deliveries });
    } finally {
      await backend.close();
    }
  };
  expect((await deliver()).state).toBe("delivered");
  rmSync(folder, { recursive: true });
  writer.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } }, 2);
  expect(await deliver()).toMatchObject({ state: "gone", cause: expect.stringContaining("has 0 events") });
});
