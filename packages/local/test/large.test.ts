import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { eventsOf, rounds, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const megabyte = 1024 * 1024;
/** 64 MiB; in a rehearsal, 2 GiB. */
const megabytes = rounds > 1 ? 2048 : 64;

async function* zeros(count: number) {
  for (let i = 0; i < count; i++) yield new Uint8Array(megabyte).fill(i);
}

test(`a file of ${megabytes} MiB is put and copied in bounded memory`, async () => {
  const { run, writer } = openStore(temporary()).createRun({ experiment: "large" });
  const before = process.memoryUsage.rss();
  const { file } = await run.putArtifact(zeros(megabytes), "model.bin");
  expect(file.bytes).toBe(megabytes * megabyte);
  writer.append({ kind: "artifact.logged", file });
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
  const copy = temporary();
  const backend = localBackend(copy);
  const { state } = await forward({ journal: run.journal, backend, deliveries: memoryDeliveries(), mask: false });
  await backend.close();
  expect(state).toBe("delivered");
  expect(await openStore(copy).run(run.id).holds(file)).toBe(true);
  expect((process.memoryUsage.rss() - before) / megabyte).toBeLessThan(200);
});

test("a copy follows a run that is being logged, to its end", async () => {
  const { run, writer } = openStore(temporary()).createRun({ experiment: "live" });
  const copy = temporary();
  const backend = localBackend(copy);
  const done = forward({ journal: run.journal, backend, deliveries: memoryDeliveries(), mask: false, follow: true });
  for (let step = 0; step < 2000; step++) {
    writer.append({ kind: "metrics.logged", step, values: { loss: 1 / (step + 1) } });
    if (step % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { file } = await run.putArtifact(new Uint8Array([1, 2, 3]), "late.bin");
  writer.append({ kind: "artifact.logged", file });
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
  expect((await done).state).toBe("delivered");
  await backend.close();
  const copied = openStore(copy).run(run.id);
  expect(await eventsOf(copied.journal)).toEqual(await eventsOf(run.journal));
  expect(await copied.holds(file)).toBe(true);
});
