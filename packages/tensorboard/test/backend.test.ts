import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  type Deliveries,
  fold,
  forward,
  type MemoryJournal,
  memoryDeliveries,
  missingFrom,
  type RunView,
} from "@runferry/core";
import { createCrashPoints, noCrash } from "@runferry/testkit";
import { expect, test } from "vitest";
import { keeps, tensorboard, tensorboardSource } from "../src/index.ts";
import { hostileRun, plainRun, runId } from "./hostile-run.ts";
import { collect, filesIn, temporaryFolder } from "./subject.ts";

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);
const noWait = { attempts: 1 };

function send(journal: MemoryJournal, backend: Backend, events: number, deliveries: Deliveries = memoryDeliveries()) {
  return forward({ journal, backend, deliveries, batch: { events }, retry: noWait, saveEveryMs: 0 });
}

async function readBack(logdir: string): Promise<RunView> {
  const runs = await collect(tensorboardSource(logdir).runs());
  expect(runs).toHaveLength(1);
  return fold(runs[0]!);
}

const runs = { plain: async () => plainRun(), hostile: () => hostileRun() };

for (const [name, make] of Object.entries(runs)) {
  test(`a ${name} run is read back as keeps says`, async () => {
    const logdir = temporaryFolder();
    const journal = await make();
    const result = await send(journal, tensorboard({ logdir }), 1000);
    expect(result).toMatchObject({ state: "delivered" });
    const expected = keeps(await fold(journal, { mask: true }));
    const actual = await readBack(logdir);
    expect([...missingFrom(actual, expected)]).toEqual([]);
    expect([...missingFrom(expected, actual)]).toEqual([]);
    expect(actual.id).toBe(runId);
    expect(actual.differences).toEqual([]);
  });

  test(`a ${name} run has the same bytes in any batching`, async () => {
    const journal = await make();
    const all: (readonly [string, string])[][] = [];
    for (const events of [1, 2, 3, 7, 1000]) {
      const logdir = temporaryFolder();
      await send(journal, tensorboard({ logdir }), events);
      all.push([...filesIn(logdir)]);
    }
    for (const files of all) expect(files).toEqual(all[0]);
  });

  test(`a ${name} run has the same bytes after a crash before any side effect, whatever was remembered`, async () => {
    const journal = await make();
    const whole = temporaryFolder();
    const counting = createCrashPoints();
    await send(journal, tensorboard({ logdir: whole, effects: counting }), 9);
    const expected = [...filesIn(whole)];
    const taken = new Map<string, number>();
    for (let at = 1; at <= counting.reached; at++) {
      const logdir = temporaryFolder();
      const remembered = at % 3 === 0 ? memoryDeliveries() : undefined;
      const crash = createCrashPoints(at);
      await send(journal, tensorboard({ logdir, effects: crash }), 9, remembered).catch(() => undefined);
      expect(crash.crashed).toBe(true);
      for (const [label, count] of crash.labels) taken.set(label, (taken.get(label) ?? 0) + count);
      const crashedAgain = createCrashPoints();
      await send(journal, tensorboard({ logdir, effects: crashedAgain }), 4, remembered ?? memoryDeliveries());
      for (const [label, count] of crashedAgain.labels) taken.set(label, (taken.get(label) ?? 0) + count);
      expect([...filesIn(logdir)], `crash ${at}`).toEqual(expected);
    }
    expect([...taken.keys()].sort()).toEqual(["append", "claim folder", "create folder", "cut tail", "open file"]);
  });
}

test("a torn tail is cut before anything is appended, at every length", async () => {
  const journal = plainRun();
  const whole = temporaryFolder();
  await send(journal, tensorboard({ logdir: whole }), 5);
  const expected = [...filesIn(whole)];
  const path = expected[0]![0];
  for (let torn = 1; torn < Math.min(400, 40 * rounds); torn += 3) {
    const logdir = temporaryFolder();
    const stop = createCrashPoints(9);
    const deliveries = memoryDeliveries();
    await send(journal, tensorboard({ logdir, effects: stop }), 5, deliveries).catch(() => undefined);
    appendFileSync(join(logdir, path), "x".repeat(torn));
    await send(journal, tensorboard({ logdir, effects: noCrash }), 5, deliveries);
    expect([...filesIn(logdir)]).toEqual(expected);
  }
});

test("two runs of the same name get folders of their own, and each finds its own again", async () => {
  const logdir = temporaryFolder();
  const ids = ["01jd5x8f2v0000000000000001", "01jd5x8f2v0000000000000002", "01jd5x8f2v0000000000000003"];
  const journals = ids.map((id) => plainRun({ id }));
  await Promise.all(journals.map((journal) => send(journal, tensorboard({ logdir }), 4)));
  const once = [...filesIn(logdir)];
  expect(new Set(once.map(([path]) => path.split(/[/\\]/).slice(0, 2).join("/"))).size).toBe(3);
  for (const journal of journals) await send(journal, tensorboard({ logdir }), 1000); // every cursor was lost
  expect([...filesIn(logdir)]).toEqual(once);
  const found = await collect(tensorboardSource(logdir).runs());
  expect(found.map(({ run }) => run).sort()).toEqual(ids);
});

test("a name never leads out of the logdir", async () => {
  for (const name of [
    "..",
    ".",
    "",
    "/etc",
    "a/../../b",
    "C:\\x",
    "con",
    "x".repeat(400),
    "\u0000",
    "late-1",
    "~",
    "日本/語",
  ]) {
    const folder = temporaryFolder();
    await send(plainRun({ name, experiment: name }), tensorboard({ logdir: join(folder, "logdir") }), 1000);
    const files = [...filesIn(folder).keys()];
    expect(files, name).toHaveLength(1);
    expect(files[0]!.split(/[/\\]/), name).toHaveLength(4);
    const view = await readBack(join(folder, "logdir"));
    expect(view.started?.name).toBe(name);
    expect(view.started?.experiment).toBe(name);
  }
});

test("a missing media file is refused, and the rest goes on", async () => {
  const logdir = temporaryFolder();
  const journal = plainRun({ id: runId });
  const more = journal.writer("more");
  more.append({ kind: "metrics.logged", step: 1, values: { x: 1 } });
  more.append({
    kind: "media.logged",
    name: "i",
    step: 1,
    media: { type: "image", file: { path: "i.png", sha256: "0".repeat(64), bytes: 3 } },
  });
  more.append({ kind: "metrics.logged", step: 2, values: { x: 2 } });
  more.append({ kind: "writer.ended" });
  const result = await send(journal, tensorboard({ logdir }), 1000);
  expect(result.state).toBe("incomplete");
  expect(result.delivery.streams.more?.parked).toHaveLength(1);
  expect((await readBack(logdir)).metrics.get("x")?.series.length).toBe(2);
});

test("files that are gone are said to be gone", async () => {
  const logdir = temporaryFolder();
  const journal = plainRun();
  const deliveries = memoryDeliveries();
  const crash = createCrashPoints(12);
  await send(journal, tensorboard({ logdir, effects: crash }), 3, deliveries).catch(() => undefined);
  for (const path of filesIn(logdir).keys()) writeFileSync(join(logdir, path), "");
  expect((await send(journal, tensorboard({ logdir }), 3, deliveries)).state).toBe("gone");
});

test("live and export write the same bytes", async () => {
  const [live, exported] = [temporaryFolder(), temporaryFolder()];
  const journal = await hostileRun();
  await forward({
    journal,
    backend: tensorboard({ logdir: live }),
    deliveries: memoryDeliveries(),
    follow: true,
    batch: { events: 2 },
  });
  await send(journal, tensorboard({ logdir: exported }), 1000);
  expect([...filesIn(live)]).toEqual([...filesIn(exported)]);
});
