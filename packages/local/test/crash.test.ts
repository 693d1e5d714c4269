import { readdirSync } from "node:fs";
import { startCursor } from "@runferry/core";
import { type Durability, nodeFileSystem, openStore } from "@runferry/local";
import { Crash, type CrashPoints, createCrashPoints, createFaultFs } from "@runferry/testkit";
import { expect, test } from "vitest";
import { deadIdentity, eventsOf, stillHearts, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
stillHearts();
const id = "01jdq3k5x0abcdefghjkmnpqrs";
const bytes = (text: string) => new TextEncoder().encode(text);

/** Everything a process does with a store. `acknowledged` counts the events whose append returned. */
async function live(folder: string, crash: CrashPoints, durability: Durability, acknowledged: { count: number }) {
  const fileSystem = createFaultFs(nodeFileSystem, crash).fileSystem;
  const store = openStore(folder, { fileSystem, identity: deadIdentity(), durability });
  const { run, writer } = store.createRun({ id, experiment: "crash" });
  acknowledged.count = 1;
  for (let step = 0; step < 3; step++) {
    writer.append({ kind: "metrics.logged", step, values: { loss: step } });
    acknowledged.count++;
  }
  for (const text of ["one", "two"]) {
    const { file } = await run.putArtifact(bytes(text), "notes/a.txt");
    writer.append({ kind: "artifact.logged", file });
    acknowledged.count++;
  }
  const main = { cursor: { ...startCursor, through: 3 }, differences: [], parked: [] };
  const place = { destination: "mlflow-00000000", kind: "mlflow", address: "a", mapping: 1 };
  await store.deliveries.save(id, { ...place, streams: { main } });
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  acknowledged.count++;
  writer.closeNow();
  store.list();
  store.trash.put([id]);
  store.trash.restore(id);
}

/** What must hold of the store whenever its process dies. */
async function expectUsable(folder: string, acknowledged: number): Promise<void> {
  const store = openStore(folder);
  for (const trashed of store.trash.ids()) store.trash.restore(trashed);
  const { journal } = store.run(id);
  const events = await eventsOf(journal);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.length).toBeGreaterThanOrEqual(acknowledged);
  for (const event of events) {
    if (event.kind !== "artifact.logged") continue;
    for await (const piece of journal.open(event.file)) expect(piece).toHaveLength(3);
  }
  expect(store.list().map((entry) => entry.id)).toEqual(events.length === 0 ? [] : [id]);
  await store.deliveries.load(id, "mlflow-00000000");
  const writer = store.run(id).writer();
  expect(writer.append({ kind: "metrics.logged", values: { loss: 1 } }).seq).toBe(events.length + 1);
  writer.closeNow();
  expect(readdirSync(store.folder)).not.toContain("runs.ndjson");
  expect(store.createRun({ experiment: "crash" }).started.name).toMatch(/^run_00[1-3]$/);
}

for (const durability of ["process", "power"] satisfies Durability[]) {
  test(`${durability}: a crash before any side effect leaves a store that can be gone on with`, async () => {
    const counted = createCrashPoints();
    await live(temporary(), counted, durability, { count: 0 });
    expect(counted.reached).toBeGreaterThan(50);
    for (let at = 1; at <= counted.reached; at++) {
      const folder = temporary();
      const acknowledged = { count: 0 };
      const cause: unknown = await live(folder, createCrashPoints(at), durability, acknowledged).catch(
        (thrown: unknown) => thrown,
      );
      expect(cause, `side effect ${at}`).toBeInstanceOf(Crash);
      await expectUsable(folder, acknowledged.count);
    }
    console.log(`${durability}: ${counted.reached} crashes at ${counted.labels.size} kinds of side effect`);
  });
}
