import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFold, forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { expect, test } from "vitest";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

test("the settings of every hostile run are those of its fold, and of its copy in the trash", async () => {
  const folder = temporary();
  const backend = localBackend(folder);
  for (const { journal } of await hostileRuns(3, { names: 300, largestFile: 1024 })) {
    await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
  }
  await backend.close();
  const store = openStore(folder);
  const before = store.list();
  expect(before.length).toBeGreaterThan(10);
  for (const id of store.ids()) {
    const run = store.run(id);
    const fold = createFold(id);
    for (const stream of run.streams) for (const event of run.events(stream)) fold.add(stream, event);
    const { params, tags } = fold.view();
    expect(run.settings()).toMatchObject({ params, tags });
  }
  const id = before[0]!.id;
  const settings = store.run(id).settings();
  store.trash.put([id]);
  expect(store.trash.list()).toEqual([before[0]]);
  expect(store.trash.run(id).settings()).toEqual(settings);
});

test("settings between metrics are found across chunks, and damage around them is passed over", () => {
  const store = openStore(temporary());
  const { run, writer } = store.createRun({ experiment: "long" });
  for (let step = 0; step < 20_000; step++) {
    writer.append({ kind: "metrics.logged", step, values: { loss: step } });
    if (step % 1000 === 0) writer.append({ kind: "tags.set", values: { step: String(step), [`at ${step}`]: "x" } });
  }
  writer.append({ kind: "params.set", values: { long: "y".repeat(600_000), fake: '"kind":"params.set"' } });
  writer.closeNow();
  const file = join(run.folder, "journal/main.ndjson");
  const { tags, params } = run.settings();
  expect(tags.size).toBe(21);
  expect(tags.get("step")).toBe("19000");
  expect([...params.keys()]).toEqual(["long", "fake"]);
  writeFileSync(file, readFileSync(file, "utf8").replace('"at 5000"', '"at 5001"'));
  appendFileSync(file, '{"seq":99999,"at":1,"kind":"params.set","values":{"torn":1}');
  expect(run.settings().tags.size).toBe(20);
  expect(run.settings().params.has("torn")).toBe(false);
  expect([...run.events()].filter((event) => event.kind === "events.lost")).toHaveLength(1);
});
