import { appendFile, readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { type Journal, memoryDeliveries } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { type BackendSubject, Crash, createCrashPoints, toyFileSubject, toyServerSubject } from "../src/index.ts";
import { deliver, expectKept, openAt, readBack } from "./toy-delivery.ts";
import { emptyJournal, hostileJournal, manyStreamsJournal, plainJournal, runId } from "./toy-journals.ts";

/** Everything that has a side effect of its own, in few events. */
async function smallJournal(): Promise<Journal> {
  const journal = emptyJournal();
  const main = journal.writer();
  main.append({ kind: "params.set", values: { a: 1 } });
  main.append({ kind: "metrics.logged", step: 1, values: { loss: 0.1 } });
  main.append({ kind: "console.logged", from: "stdout", text: "hello" });
  const file = await journal.putFile("a.bin", new Uint8Array(100));
  main.append({ kind: "artifact.logged", file });
  main.append({ kind: "media.logged", name: "note", media: { type: "text", text: "long enough to tear ".repeat(40) } });
  main.append({ kind: "metrics.logged", step: 1, values: { loss: 0.1 } });
  main.append({ kind: "console.logged", from: "stdout", text: "again" });
  main.append({ kind: "run.ended", status: "finished" });
  return journal;
}

/** Crashes before side effect `at`, then goes on as a new process. */
async function crashOnce(subject: BackendSubject, journal: Journal, at: number, saveEveryMs: number): Promise<void> {
  const place = await subject.create();
  const deliveries = memoryDeliveries();
  const crash = createCrashPoints(at);
  const options = { batch: { events: 3 }, saveEveryMs };
  await expect(deliver(journal, await openAt(place, crash), deliveries, options)).rejects.toBeInstanceOf(Crash);
  const next = await openAt(place);
  const result = await deliver(journal, next, deliveries, { ...options, batch: { events: 2 } });
  expect(result.state).toBe("delivered");
  await expectKept(place, next, journal);
  await place.remove();
}

describe.each([toyFileSubject, toyServerSubject])("$name", (subject) => {
  test.each([
    ["small", smallJournal],
    ["many streams", async () => manyStreamsJournal({ goesOn: false })],
  ] as const)("a crash before any side effect is made good by the next process: %s", async (_name, create) => {
    const journal = await create();
    const whole = createCrashPoints();
    const place = await subject.create();
    await deliver(journal, await openAt(place, whole), memoryDeliveries(), { batch: { events: 3 } });
    await place.remove();
    console.log(`${subject.name}: ${[...whole.labels].map(([label, count]) => `${label} ${count}`).join(", ")}`);
    expect(whole.reached).toBeGreaterThan(10);
    for (let at = 1; at <= whole.reached; at++) {
      await crashOnce(subject, journal, at, 0);
      await crashOnce(subject, journal, at, 1e9); // nothing but files was saved: the next process begins again
    }
  });
});

test("the side effects have names that tell every path apart", async () => {
  const labels = new Set<string>();
  for (const subject of [toyFileSubject, toyServerSubject]) {
    const place = await subject.create();
    const crash = createCrashPoints();
    await deliver(await smallJournal(), await openAt(place, crash));
    for (const label of crash.labels.keys()) labels.add(label);
    await place.remove();
  }
  const requests = ["find the run", "create the run", "tell facts", "write console lines", "send a file"];
  expect([...labels].sort()).toEqual(
    [
      ...["make the folder", "open the file", "cut the file", "append", "sync"],
      ...requests.flatMap((request) => [`before: ${request}`, `after: ${request}`]),
    ].sort(),
  );
});

describe("toy-file", () => {
  /** The bytes of every file of the place. */
  async function bytesAt({ folder }: { readonly folder: string }): Promise<readonly string[]> {
    const files = (await readdir(folder)).sort();
    return Promise.all(files.map(async (file) => `${file}\n${await readFile(join(folder, file), "utf8")}`));
  }

  test("the bytes are the same in any batching and however often it crashed", async () => {
    const journal = await hostileJournal();
    const seen = new Set<string>();
    for (const events of [1, 2, 9, 1000]) {
      const place = await toyFileSubject.create();
      const deliveries = memoryDeliveries();
      for (let at = 5; at < 60; at += 7) {
        const crash = createCrashPoints(at);
        await deliver(journal, await openAt(place, crash), deliveries, { batch: { events } }).catch(() => undefined);
      }
      await deliver(journal, await openAt(place), deliveries, { batch: { events } });
      seen.add((await bytesAt(place)).join("\n"));
      await place.remove();
    }
    expect(seen.size).toBe(1);
  });

  test("a torn tail is not read, and cut off by the next write", async () => {
    const journal = await plainJournal();
    const place = await toyFileSubject.create();
    const deliveries = memoryDeliveries();
    await deliver(journal, await openAt(place), deliveries);
    const whole = await bytesAt(place);
    const path = join(place.folder, (await readdir(place.folder))[0]!);
    // A line whose acceptance was never saved, and one that a crash cut short.
    await appendFile(path, `99\t1\ttags.set\t{"values":{"old":"${"x".repeat(100)}"}}\n99\t1\tmetrics.logged\t{"st`);
    const backend = await openAt(place);
    expect((await readBack(place, runId)).tags.has("old")).toBe(true);
    journal.writer().append({ kind: "writer.ended" });
    await deliver(journal, backend, deliveries);
    expect((await bytesAt(place))[0]!.startsWith(whole[0]!)).toBe(true);
    await expectKept(place, backend, journal);
    await place.remove();
  });

  test("a file that lost what was accepted is gone, not delivered", async () => {
    const journal = await plainJournal();
    const place = await toyFileSubject.create();
    const deliveries = memoryDeliveries();
    await deliver(journal, await openAt(place), deliveries);
    await truncate(join(place.folder, (await readdir(place.folder))[0]!), 10);
    journal.writer().append({ kind: "writer.ended" });
    expect(await deliver(journal, await openAt(place), deliveries)).toMatchObject({ state: "gone" });
    await place.remove();
  });

  test("files of others are passed over, and damage is named with its line", async () => {
    const place = await toyFileSubject.create();
    await deliver(await plainJournal(), await openAt(place));
    const path = join(place.folder, (await readdir(place.folder))[0]!);
    await appendFile(join(place.folder, "%zz=main.toy"), "");
    await appendFile(join(place.folder, "notes.txt"), "");
    expect((await readBack(place, runId)).status).toBe("finished");
    await appendFile(path, "50\t1\ttags.set\t{broken\n");
    await expect(readBack(place, runId)).rejects.toMatchObject({
      code: "bad_json",
      message: expect.stringContaining("line 44"),
    });
    await place.remove();
  });

  test("trouble with the disk is a retry, told with its cause", async () => {
    const place = await toyFileSubject.create();
    const journal = await plainJournal();
    await appendFile(place.folder, "a file where the folder should be");
    const result = await deliver(journal, await openAt(place), memoryDeliveries(), {
      retry: { attempts: 2, firstMs: 0 },
    });
    expect(result).toMatchObject({ state: "incomplete", cause: expect.stringContaining("EEXIST") });
    await place.remove();
  });
});
