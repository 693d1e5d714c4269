import { existsSync, globSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Deliveries,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  summarise,
} from "@runferry/core";
import { Crash, type CrashPoints, createCrashPoints, noCrash, plainRun, smallRun } from "@runferry/testkit";
import { expect, test } from "vitest";
import { wandbOffline, wandbOfflineSource } from "../../src/index.ts";
import { everyKind } from "./run-of-every-kind.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;

function send(
  journal: Journal,
  dir: string,
  events: number,
  crash: CrashPoints = noCrash,
  deliveries = memoryDeliveries(),
) {
  const backend = wandbOffline({ dir, effects: crash });
  return forward({ journal, backend, deliveries, batch: { events }, retry: { attempts: 1 }, saveEveryMs: 0 });
}

test("the same bytes in any batching, and after a crash before any side effect", async () => {
  const journal = await everyKind();
  const dir = temporaryFolder();
  const counted = createCrashPoints();
  await send(journal, dir, 3, counted);
  const expected = [...filesIn(dir)];
  expect(expected.length).toBeGreaterThan(5);
  for (const events of [1, 2, 7, 1000]) {
    rmSync(join(dir, "wandb"), { recursive: true });
    await send(journal, dir, events);
    expect([...filesIn(dir)]).toEqual(expected);
  }
  expect(counted.reached).toBeGreaterThan(40);
  for (let at = 1; at <= counted.reached; at++) {
    rmSync(join(dir, "wandb"), { recursive: true, force: true });
    const deliveries: Deliveries = memoryDeliveries();
    await expect(send(journal, dir, 3, createCrashPoints(at), deliveries)).rejects.toThrow(Crash);
    expect(await send(journal, dir, 3, noCrash, deliveries)).toMatchObject({ state: "delivered" });
    expect([...filesIn(dir)]).toEqual(expected);
  }
  expect([...counted.labels.keys()].sort()).toEqual([
    "append",
    "cut tail",
    "make folder",
    "open file",
    "place file",
    "write file",
  ]);
});

test("delivered again from its start, with nothing remembered, a run has the same bytes", async () => {
  const { journal } = await smallRun();
  const dir = temporaryFolder();
  await send(journal, dir, 3);
  const expected = [...filesIn(dir)];
  await send(journal, dir, 5);
  expect([...filesIn(dir)]).toEqual(expected);
});

async function half() {
  const journal = memoryJournal(id);
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt: startedAt }, startedAt);
  main.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
  const dir = temporaryFolder();
  const deliveries = memoryDeliveries();
  await send(journal, dir, 10, noCrash, deliveries);
  main.append({ kind: "metrics.logged", step: 2, values: { loss: 2 } });
  const log = globSync(join(dir, "wandb/*/*.wandb"))[0]!;
  return { journal, dir, deliveries, log };
}

test("what wandb sync has uploaded takes nothing more, and the error says what to do", async () => {
  const { journal, dir, deliveries, log } = await half();
  const before = readFileSync(log);
  writeFileSync(`${log}.synced`, "");
  const result = await send(journal, dir, 10, noCrash, deliveries);
  expect(result).toMatchObject({ state: "gone" });
  expect(result.cause).toMatch(/uploaded by `wandb sync`/);
  expect(readFileSync(log).equals(before)).toBe(true);
});

test("a file that is gone or has become shorter is not written on", async () => {
  const shorter = await half();
  truncateSync(shorter.log, 100);
  expect(await send(shorter.journal, shorter.dir, 10, noCrash, shorter.deliveries)).toMatchObject({ state: "gone" });
  expect(readFileSync(shorter.log).length).toBe(100);
  const gone = await half();
  rmSync(gone.log);
  expect(await send(gone.journal, gone.dir, 10, noCrash, gone.deliveries)).toMatchObject({ state: "gone" });
  expect(existsSync(gone.log)).toBe(false);
});

test("what stands behind the position is cut off: the rest of a write that never ended", async () => {
  const { journal, dir, deliveries, log } = await half();
  writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.alloc(70_000, 5)]));
  expect(await send(journal, dir, 10, noCrash, deliveries)).toMatchObject({ state: "delivered" });
  const other = temporaryFolder();
  await send(journal, other, 10);
  expect([...filesIn(dir)]).toEqual([...filesIn(other)]);
});

test("no name of a stream or a file leads out of the folder", async () => {
  const dir = join(temporaryFolder(), "inside");
  const journal = memoryJournal(id);
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id, name: "../../n", experiment: "../e", createdAt: startedAt });
  for (const path of ["-rf", "wandb-summary.json", "media/../x", "a\\..\\..\\b", "~/x", "%2e%2e/x"]) {
    const file = await journal.putFile(path, Uint8Array.of(1));
    main.append({ kind: "artifact.logged", file: { ...file, path: path.replaceAll("..", "dots") } });
  }
  for (const [i, name] of ["../../up", "a/b", "..", "con", "x".repeat(300)].entries()) {
    journal.writer(name).append({ kind: "metrics.logged", step: i, values: { loss: i } });
  }
  main.append({ kind: "run.ended", status: "finished" });
  expect(await send(journal, dir, 10)).toMatchObject({ state: "delivered" });
  const outside = globSync("../*", { cwd: dir });
  expect(outside).toEqual(["../inside"]);
  const folders = globSync("wandb/*", { cwd: dir });
  expect(folders).toHaveLength(6);
  for (const folder of folders) expect(folder).toMatch(/^wandb\/offline-run-20241121_093000-01jd5x8f2v[\w.~-]+$/);
  for await (const back of wandbOfflineSource(dir).runs()) {
    const view = await fold(back);
    expect(back.run).toBe(id);
    expect(view.artifacts.size).toBe(6);
    expect(summarise(view.metrics.get("loss")!.series)).toMatchObject({ count: 5 });
  }
});

test("a folder that cannot be written is named, and a file that is missing is parked", async () => {
  const { journal } = await plainRun({ files: true });
  const dir = temporaryFolder();
  writeFileSync(join(dir, "wandb"), "a file");
  expect(await send(journal, dir, 10)).toMatchObject({ state: "incomplete" });
  rmSync(join(dir, "wandb"));
  mkdirSync(join(dir, "wandb"));
  const missing: Journal = {
    ...journal,
    // biome-ignore lint/correctness/useYield: there is nothing
    async *open() {
      throw Object.assign(new Error("gone"), {});
    },
  };
  await expect(send(missing, dir, 10)).rejects.toThrow("gone");
  expect(globSync(join(dir, "**/*~unfinished"))).toEqual([]);
});

test("options that name no folder are refused at once", () => {
  expect(() => wandbOffline({ dir: "" })).toThrow(/needs a folder/);
  expect(() => wandbOffline({ dir: "a\0b" })).toThrow(/needs a folder/);
});
