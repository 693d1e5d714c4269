import { execFile } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { bytesOf, fold, type Journal, type RunView, stringifyJson, summarise } from "@runferry/core";
import { createRandom, describeSource, rounds, type SourceSubject } from "@runferry/testkit";
import { expect, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { wandbOfflineSource } from "../../src/index.ts";
import { logFile, readLog } from "./log-file.ts";
import { filesIn, temporaryFolder } from "./subject.ts";
import { pythonEnvironment } from "./sync-cli.ts";

const golden = join(import.meta.dirname, "../../../../test-fixtures/wandb/offline-0.31.0");

async function only(dir: string, followLinks = false): Promise<Journal> {
  const all: Journal[] = [];
  for await (const journal of wandbOfflineSource(dir, { followLinks }).runs()) all.push(journal);
  expect(all).toHaveLength(1);
  return all[0]!;
}

function lost(view: RunView): readonly unknown[] {
  return view.differences.filter(({ grade }) => grade === "lost");
}

function points(view: RunView, name: string): readonly (readonly [step: number | undefined, value: number])[] {
  return [...view.metrics.get(name)!.series.points()].map(({ step, value }) => [step, value]);
}

test("a run that the SDK wrote is read with its steps, times and definitions", async () => {
  const view = await fold(await only(golden));
  expect(view.id).toBe("01m7z4pwtt1pv5v8tyt6bp2tbv");
  expect(view.started).toMatchObject({
    name: "golden",
    experiment: "proj",
    description: "a note",
    group: "group",
    host: "node1",
    createdAt: 1_795_267_720_025.771,
    source: { layout: "wandb", id: "proj/golden01" },
  });
  expect([...view.params]).toEqual([
    ["lr", 0.1],
    ["nested", { list: [1, "x"] }],
  ]);
  expect([...view.tags]).toEqual([["one", ""]]);
  expect(points(view, "loss")).toEqual([
    [0, 1],
    [1, 0.5],
    [2, 1 / 3],
  ]);
  expect(points(view, "nested.a")).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  expect(points(view, "nan")).toEqual([[7, Number.NaN]]);
  expect(points(view, "best")).toEqual([[undefined, 0.25]]);
  expect(view.metrics.get("loss")!.definition).toMatchObject({ stepMetric: "epoch", goal: "min" });
  expect(view.media.map(({ name, step, media }) => [name, step, media.type])).toEqual([
    ["text", 7, "text"],
    ["table", 8, "table"],
  ]);
  expect(view.media[1]!.media).toMatchObject({
    columns: ["a", "b"],
    rows: [
      [1, "x"],
      [2.5, null],
    ],
  });
  expect(view.console.map(({ text, from }) => [from, text])).toEqual([["stdout", "a line of the console\n"]]);
  expect(view.ended).toMatchObject({ status: "failed", exitCode: 3 });
});

test("a run of the newest SDK, with all it can hold, is read", { timeout: 120_000 }, async (context) => {
  const { python } = needPeer(context, "wandb");
  const dir = temporaryFolder();
  const program = join(import.meta.dirname, "../python/offline.py");
  await promisify(execFile)(python, [program, dir], { env: pythonEnvironment(dir) });
  const journal = await only(dir, true);
  const view = await fold(journal);
  expect(lost(view)).toEqual([]);
  expect(view.ended).toMatchObject({ status: "failed", exitCode: 3 });
  expect(Object.fromEntries(view.params)).toMatchObject({ lr: 0.1, none: null, text: "ü", later: 1 });
  expect(stringifyJson(view.params.get("big")!)).toBe(String(2n ** 60n));
  expect(points(view, "loss")).toEqual([0, 1, 2, 3].map((i) => [i, 1 / (i + 1)]));
  expect(points(view, "gap")).toEqual([[20, 1]]);
  expect(points(view, "minus")).toEqual([[4, Number.NEGATIVE_INFINITY]]);
  expect(view.metrics.get("val/acc")!.definition).toMatchObject({ stepMetric: "epoch" });
  expect(summarise(view.metrics.get("system.proc.memory.rssMB")!.series).count).toBeGreaterThan(0);
  const media = Object.fromEntries(view.media.map((event) => [event.name, event]));
  expect(Object.keys(media)).toEqual(
    expect.arrayContaining(["image", "images/0", "images/1", "sound", "histogram", "table", "figure", "curve_table"]),
  );
  for (const { media: one } of view.media) {
    if (!("file" in one) || !one.file) continue;
    expect((await bytesOf(journal.open(one.file))).length).toBe(one.file.bytes);
  }
  expect(view.alerts).toMatchObject([{ title: "title", text: "text", level: "warn" }]);
  expect(view.console.map(({ text }) => text)).toEqual(
    expect.arrayContaining(["a line of the console\n", "another one\n", "100%\n"]),
  );
  const contents: { [path: string]: string } = {};
  for (const { file, reference } of view.artifacts.values()) {
    contents[file.path] = reference ?? Buffer.from(await bytesOf(journal.open(file))).toString();
  }
  expect(contents).toMatchObject({
    "notes.txt": "some notes\n",
    "weights/model.bin": "hello model",
    "weights/deep/er.txt": "deeper",
    "weights/data.csv": "http://example.invalid/data.csv",
  });
  // Made by `wandb.save`, it is a link out of the folder.
  const careful = await fold(await only(dir));
  expect(careful.artifacts.has("notes.txt")).toBe(false);
  expect(lost(careful)).toMatchObject([{ example: expect.stringContaining("notes.txt") }]);
});

test("of a spoilt file everything whole is read, and what is lost is named, at whichever byte", async () => {
  const whole = await fold(await only(golden));
  const [log] = globSync("**/*.wandb", { cwd: golden });
  const bytes = readFileSync(join(golden, log!));
  const dir = temporaryFolder();
  cpSync(golden, dir, { recursive: true });
  for (let at = 7; at < bytes.length; at += 41) {
    const spoilt = Buffer.from(bytes);
    spoilt[at]! ^= 255;
    writeFileSync(join(dir, log!), spoilt);
    const view = await fold(await only(dir));
    expect(lost(view), `byte ${at}`).toMatchObject([{ count: 1, example: expect.stringMatching(/bytes \d+ to \d+/) }]);
    const kept = [...view.metrics.values()].reduce((sum, { series }) => sum + summarise(series).count, 0);
    expect(kept).toBeGreaterThanOrEqual([...whole.metrics.keys()].length);
  }
});

test("what a folder of anyone's names outside of itself is not read", async () => {
  const outside = join(temporaryFolder(), "secret.txt");
  writeFileSync(outside, "secret");
  const dir = temporaryFolder();
  cpSync(golden, dir, { recursive: true });
  const folder = join(dir, dirname(globSync("**/*.wandb", { cwd: dir })[0]!));
  rmSync(join(folder, "files/output.log"));
  symlinkSync(outside, join(folder, "files/link.txt"));
  symlinkSync(dirname(outside), join(folder, "files/folder"));
  symlinkSync(outside, join(folder, "linked.wandb"));
  const journal = await only(dir);
  const view = await fold(journal);
  expect([...view.artifacts.keys()].filter((path) => !path.startsWith("run-golden01"))).toEqual([]);
  for (const path of ["link.txt", "folder/secret.txt", "../../../secret.txt", outside, "files/../../x"]) {
    const file = { path, sha256: "0".repeat(64), bytes: 6 };
    await expect(bytesOf(journal.open(file))).rejects.toThrow(/is not there/);
  }
});

test("a folder that is not there is named", async () => {
  await expect(only(join(golden, "nowhere"))).rejects.toThrow(/there is no folder/);
});

const goldenSubject: SourceSubject = {
  name: "wandb-offline source of a foreign run",
  async create() {
    const dir = temporaryFolder();
    cpSync(golden, dir, { recursive: true });
    const journal = await only(dir);
    return {
      open: () => wandbOfflineSource(dir),
      expected: new Map([[journal.run, await fold(journal)]]),
      digest: async () => JSON.stringify([...filesIn(dir)]),
      remove: async () => rmSync(dir, { recursive: true }),
    };
  },
};

describeSource(goldenSubject);

test("files altered at random are read to their end, or refused as what they are", async () => {
  const { numRuns, seed } = rounds(60);
  const random = createRandom(seed);
  const dir = temporaryFolder();
  cpSync(golden, dir, { recursive: true });
  const log = join(dir, globSync("**/*.wandb", { cwd: golden })[0]!);
  const whole = readFileSync(log);
  let read = 0;
  for (let round = 0; round < numRuns; round++) {
    const spoilt = Buffer.from(whole);
    for (let i = random.below(8); i >= 0; i--) {
      const from = random.below(spoilt.length);
      if (random.chance(0.5)) spoilt.set(random.bytes(Math.min(60, spoilt.length - from)), from);
      else spoilt.copyWithin(from, random.below(spoilt.length), random.below(spoilt.length));
    }
    // Half of them with checksums that match, so that the records themselves are strange.
    const bytes = random.chance(0.5) ? spoilt : resealed(spoilt, random.below(40));
    writeFileSync(log, bytes.subarray(0, random.chance(0.3) ? random.below(bytes.length) : bytes.length));
    for await (const journal of wandbOfflineSource(dir).runs()) {
      expect((await fold(journal)).started?.format).toBe(1);
      read++;
    }
  }
  expect(read).toBe(numRuns);
});

/** The records of the golden file, some bytes of one of them altered, framed anew. */
function resealed(noise: Buffer, at: number): Buffer {
  const { records } = readLog(readFileSync(join(golden, globSync("**/*.wandb", { cwd: golden })[0]!)));
  const record = records[at % records.length]!;
  for (let i = 0; i < record.length; i += 3) record[i] = noise[i % noise.length]!;
  return Buffer.from(logFile(records));
}
