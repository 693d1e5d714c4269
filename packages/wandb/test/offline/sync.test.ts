import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, fold, forward, memoryDeliveries, memoryJournal, missingFrom } from "@runferry/core";
import { type LeftRun, startWandbServer } from "@runferry/testkit/wandb-server";
import { expect, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { keeps, wandbOffline, wandbOfflineSource } from "../../src/index.ts";
import { temporaryFolder } from "./subject.ts";
import { wandbSync } from "./sync-cli.ts";

const id = "01jd5x8f2v0000000000000000";
// W&B's own client would cut a table at 10 000 rows.
const manyRows = [["x"], ...Array.from({ length: 12_000 }, (_, i) => [i])];
const startedAt = 1_732_181_400_000;
const weights = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) & 255);
const picture = Uint8Array.of(137, 80, 78, 71, 1, 2, 3);

async function journalOf() {
  const journal = memoryJournal(id);
  const main = journal.writer();
  const model = await journal.putFile("model/weights.bin", weights);
  const notes = await journal.putFile("notes.txt", Buffer.from("some notes\n"));
  const image = await journal.putFile("a.png", picture);
  let at = startedAt / 1000 + 1;
  const add = (event: Parameters<typeof main.append>[0]) => main.append(event, at++ * 1000);
  add({
    kind: "run.started",
    format: 1,
    id,
    name: "synced",
    experiment: "proj",
    createdAt: startedAt,
    group: "grp",
    description: "a note",
    host: "node1",
    command: ["train.py", "--fast"],
    git: { commit: "0123456789abcdef0123456789abcdef01234567" },
  });
  add({ kind: "params.set", values: { lr: 0.1, nested: { list: [1, null, "x"] } } });
  add({ kind: "tags.set", values: { baseline: "", team: "vision" } });
  add({ kind: "metric.defined", name: "loss", goal: "min", stepMetric: "epoch" });
  for (let step = 0; step < 5; step++) {
    add({ kind: "metrics.logged", step, values: { loss: [3, 1, Number.NaN, 2, 1.5][step]!, epoch: step } });
  }
  add({ kind: "metrics.logged", step: 2, values: { up: Number.POSITIVE_INFINITY, zero: -0 } });
  add({ kind: "media.logged", name: "seen/picture", step: 7, media: { type: "image", file: image, caption: "c" } });
  add({ kind: "media.logged", name: "hist", step: 8, media: { type: "histogram", edges: [0, 1, 2], counts: [3, 4] } });
  add({ kind: "media.logged", name: "table", step: 9, media: { type: "table", columns: ["a"], rows: manyRows } });
  add({ kind: "artifact.logged", file: model });
  add({ kind: "artifact.logged", file: notes });
  add({ kind: "dataset.used", name: "mnist", digest: "d1", purpose: "training" });
  add({ kind: "model.logged", name: "net", path: "model", metadata: { layers: 3 } });
  add({ kind: "alert.raised", title: "careful", text: "it rises", level: "warn" });
  add({ kind: "console.logged", from: "stdout", text: "one\n" });
  add({ kind: "console.logged", from: "stderr", text: "two\n" });
  add({ kind: "run.ended", status: "failed", exitCode: 3 });
  return journal;
}

test("wandb sync uploads our folder whole, marks it, and after that nothing is added", {
  timeout: 120_000,
}, async (context) => {
  const { python } = needPeer(context, "wandb");
  const journal = await journalOf();
  const dir = temporaryFolder();
  const delivered = await forward({ journal, backend: wandbOffline({ dir }), deliveries: memoryDeliveries() });
  expect(delivered.state).toBe("delivered");
  const server = await startWandbServer();
  try {
    const synced = await wandbSync(python, server, dir);
    expect(synced.code, synced.output).toBe(0);
    expect(server.failures()).toEqual([]);
    expect(server.runs()).toEqual([`${server.entity}/proj/${id}`]);
    const left = (await server.run(server.entity, "proj", id))!;
    expect(left).toMatchObject({
      state: "failed",
      exitcode: 3,
      displayName: "synced",
      notes: "a note",
      group: "grp",
      host: "node1",
      commit: "0123456789abcdef0123456789abcdef01234567",
      tags: ["baseline"],
      missingFiles: [],
      replacedLines: 0,
    });
    expectConfig(left);
    expectRows(left);
    await expectFiles(left);
    expect(left.console.map((line) => line?.replace(/\d{4}-\S+ /, ""))).toEqual(["one", "ERROR two"]);
    expect(left.alerts).toMatchObject([{ title: "careful", text: "it rises", severity: "WARN" }]);
    expect(left.artifacts.map(({ name, type, state }) => [name, type, state])).toEqual([["net", "model", "COMMITTED"]]);
    expect(left.used.map(({ artifact }) => [artifact.type, artifact.state])).toEqual([["dataset", "COMMITTED"]]);
    const requests = server.requestCount();
    expect(globSync(join(dir, "wandb/*/*.synced"))).toHaveLength(1);
    expect((await wandbSync(python, server, dir)).code).toBe(0);
    const more = server.requests().slice(requests);
    expect(more.filter(({ operation }) => operation === "UpsertBucket")).toEqual([]);
  } finally {
    await server.close();
  }
  for await (const back of wandbOfflineSource(dir).runs()) {
    const expected = keeps(await fold(journal, { mask: true }));
    expect([...missingFrom(await fold(back), expected)]).toEqual([]);
  }
});

function expectConfig({ config: text, summary }: LeftRun): void {
  const config = JSON.parse(text);
  expect(config.lr).toEqual({ value: 0.1 });
  expect(config.nested).toEqual({ value: { list: [1, null, "x"] } });
  expect(config.run.value.tags).toEqual({ team: "vision" });
  // W&B's client names itself as the program of every run it syncs; what ran stands in the environment.
  expect(Object.values(config._wandb.value.e)).toMatchObject([{ program: "train.py", args: ["--fast"] }]);
  const definitions = config._wandb.value.m as { readonly [field: string]: unknown }[];
  const loss = definitions.find((one) => one["1"] === "loss")!;
  expect(definitions[(loss["5"] as number) - 1]!["1"]).toBe("epoch");
  expect(loss["7"]).toContain(1);
  const summed = parsed(summary);
  expect(summed.loss).toEqual({ min: 1, last: 1.5 });
  expect(summed._step).toBe(10);
  expect(summed.up).toBe("Infinity");
}

/** W&B's bare words as text. */
function parsed(text: string) {
  return JSON.parse(text.replaceAll(/:(NaN|-?Infinity)/g, ':"$1"'));
}

function expectRows({ history }: LeftRun): void {
  const rows = history.map((line) => parsed(line!));
  expect(rows.map(({ _step }) => _step)).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9, 10]);
  expect(rows.slice(0, 5).map(({ loss }) => loss)).toEqual([3, 1, "NaN", 2, 1.5]);
  expect(rows[0]._timestamp).toBe((startedAt + 5000) / 1000);
  expect(rows[0]._runtime).toBe(5);
  expect(rows[5]).toMatchObject({ global_step: 2, up: "Infinity" });
}

async function expectFiles({ files, artifacts }: LeftRun): Promise<void> {
  expect((await files.get("model/weights.bin")!.bytes()).equals(weights)).toBe(true);
  expect((await files.get("notes.txt")!.bytes()).toString()).toBe("some notes\n");
  const image = [...files.keys()].find((path) => path.startsWith("media/images/seen/picture"))!;
  expect((await files.get(image)!.bytes()).equals(picture)).toBe(true);
  const table = [...files.keys()].find((path) => path.startsWith("media/table/"))!;
  expect(JSON.parse((await files.get(table)!.bytes()).toString())).toEqual({ columns: ["a"], data: manyRows });
  const entry = artifacts[0]!.entries.find(({ path }) => path === "files/weights.bin")!;
  expect((await entry.file!.bytes()).equals(weights)).toBe(true);
}

test("a run that goes on, and one whose file is torn, are uploaded as far as they are", {
  timeout: 120_000,
}, async (context) => {
  const { python } = needPeer(context, "wandb");
  const journal = await journalOf();
  const dir = temporaryFolder();
  await forward({ journal, backend: wandbOffline({ dir }), deliveries: memoryDeliveries() });
  const [log] = globSync(join(dir, "wandb/*/*.wandb"));
  const bytes = readFileSync(log!);
  writeFileSync(log!, bytes.subarray(0, bytes.length - 40));
  const server = await startWandbServer();
  try {
    expect((await wandbSync(python, server, dir)).code).toBe(0);
    const left = (await server.run(server.entity, "proj", id))!;
    expect(left.history).toHaveLength(10);
    expect(left.exitcode).toBe(1);
    expect(globSync(join(dir, "wandb/*/*.synced"))).toEqual([]);
  } finally {
    await server.close();
  }
  for await (const back of wandbOfflineSource(dir).runs()) {
    const view = await fold(back);
    expect(view.differences.filter(({ grade }) => grade === "lost")).toHaveLength(1);
    for (const { file } of view.artifacts.values()) expect((await bytesOf(back.open(file))).length).toBe(file.bytes);
  }
});
