import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { type Clock, createEncoder, isRunferryError, type Recorded, systemClock } from "@runferry/core";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { deadIdentity, eventsOf, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const metric = (step: number) => ({ kind: "metrics.logged", step, values: { loss: step } }) as const;

function newRun() {
  const folder = temporary();
  const store = openStore(folder, { clock: systemClock });
  const { run, writer } = store.createRun({ experiment: "read" });
  return { folder, store, run, writer, path: `${run.folder}/journal/main.ndjson` };
}

/** Follows a stream in the background and collects what it gives. */
function follow(run: ReturnType<typeof newRun>["run"], signal?: AbortSignal, after = 0) {
  const events: Recorded[] = [];
  const done = (async () => {
    for await (const stream of run.journal.streams()) {
      if (stream.name !== "main") continue;
      const options = signal === undefined ? { follow: true, after } : { follow: true, after, signal };
      for await (const chunk of stream.read(options)) events.push(...chunk);
    }
  })();
  return { events, done };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}

test("a follower gets every event as it comes, and ends with the run", async () => {
  const { run, writer } = newRun();
  const { events, done } = follow(run);
  for (let step = 0; step < 50; step++) {
    writer.append(metric(step));
    if (step % 10 === 0) await until(() => events.length === step + 2);
  }
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
  await done;
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 52 }, (_, i) => i + 1));
});

test("half a line is not read until its newline is there, and may be taken back", async () => {
  const { run, writer, path } = newRun();
  const { events, done } = follow(run);
  const encode = createEncoder();
  const line = Buffer.from(encode({ seq: 2, at: 9e12, ...metric(1) })).toString();
  appendFileSync(path, line.slice(0, 30));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(events).toHaveLength(1);
  truncateSync(path, readFileSync(path).length - 30);
  writer.append(metric(2));
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
  await done;
  expect(events.map((event) => event.kind)).toEqual(["run.started", "metrics.logged", "run.ended"]);
});

test("a journal that is cut while it is followed is noticed", async () => {
  const { run, writer, path } = newRun();
  writer.append(metric(1));
  const { events, done } = follow(run);
  await until(() => events.length === 2);
  truncateSync(path, 10);
  const cause: unknown = await done.catch((thrown: unknown) => thrown);
  expect(isRunferryError(cause, "damaged")).toBe(true);
  writer.closeNow();
});

test("a copy of the file in its place is gone on with", async () => {
  const { run, writer, path } = newRun();
  writer.append(metric(1));
  const { events, done } = follow(run);
  await until(() => events.length === 2);
  const longer = createEncoder()({ seq: 3, at: 9e12, kind: "run.ended", status: "finished" });
  writeFileSync(`${path}.copy`, Buffer.concat([readFileSync(path), longer]));
  renameSync(`${path}.copy`, path);
  await done;
  expect(events.at(-1)?.kind).toBe("run.ended");
  writer.closeNow();
});

test("the signal ends a follower; `after` leaves out what was read before", async () => {
  const { run, writer } = newRun();
  for (let step = 0; step < 9; step++) writer.append(metric(step));
  const stop = new AbortController();
  const { events, done } = follow(run, stop.signal, 7);
  await until(() => events.length === 3);
  stop.abort();
  await done;
  expect(events.map((event) => event.seq)).toEqual([8, 9, 10]);
  writer.closeNow();
});

test("streams that come later are told, until main ends", async () => {
  const { run, writer } = newRun();
  const names: string[] = [];
  const done = (async () => {
    for await (const stream of run.journal.streams({ follow: true })) names.push(stream.name);
  })();
  await until(() => names.length === 1);
  const worker = run.writer("worker-1");
  worker.append(metric(1));
  await until(() => names.length === 2);
  writer.append({ kind: "run.ended", status: "finished" });
  await done;
  expect(names).toEqual(["main", "worker-1"]);
  worker.closeNow();
  writer.closeNow();
});

test("a follower of a run whose process died ends once the death is noted", async () => {
  const folder = temporary();
  const { run } = openStore(folder, { identity: deadIdentity() }).createRun({ experiment: "read" });
  const other = openStore(folder).run(run.id);
  expect(openStore(folder).list()[0]?.status).toBe("killed");
  const { events, done } = follow(other);
  expect([other.recordKilled(), other.recordKilled()]).toEqual([true, true]);
  await done;
  expect(events).toHaveLength(1);
  expect(await eventsOf(other.journal, "observer")).toMatchObject([{ status: "killed", after: 1 }]);
  const writer = other.writer(); // resumed: the end that was seen is void
  writer.append({ kind: "run.resumed" });
  expect(openStore(folder).list()[0]?.status).toBe("running");
  writer.append({ kind: "run.ended", status: "finished" });
  writer.closeNow();
  expect(openStore(folder).list()[0]?.status).toBe("finished");
});

test("damage is skipped and told, and an appender goes on after it", async () => {
  const { run, writer, path } = newRun();
  for (let step = 0; step < 3; step++) writer.append(metric(step));
  writer.closeNow();
  const text = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, [text[0], text[1], "x".repeat(50), "y".repeat(50), ""].join("\n"));
  const next = run.writer();
  expect(next.append(metric(9)).seq).toBe(5);
  next.closeNow();
  expect(await eventsOf(run.journal)).toMatchObject([
    { seq: 1 },
    { seq: 2 },
    { seq: 4, kind: "events.lost", count: 2 },
    { seq: 5 },
  ]);
});

test("a clock that jumps back stands still", async () => {
  let now = 5000;
  const clock: Clock = { now: () => now, sleep: systemClock.sleep };
  const { run, writer } = openStore(temporary(), { clock }).createRun({ experiment: "clock" });
  now = 1000;
  writer.append(metric(1));
  writer.closeNow();
  const next = run.writer();
  next.append(metric(2));
  next.closeNow();
  expect((await eventsOf(run.journal)).map((event) => event.at)).toEqual([5000, 5000, 5000]);
});

test("a line as long as lines may be is written and read", async () => {
  const { run, writer } = newRun();
  writer.append({ kind: "console.logged", from: "stdout", text: "x".repeat(8_000_000) });
  expect(writer.tryAppend({ kind: "console.logged", from: "stdout", text: "x".repeat(17_000_000) }).status).toBe(
    "refused",
  );
  writer.append(metric(1));
  writer.closeNow();
  expect((await eventsOf(run.journal)).map((event) => event.seq)).toEqual([1, 2, 3]);
});
