import { createHash } from "node:crypto";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestsOf, manifestName, type RunPath, type WandbClient, wandbClient } from "../src/client/index.ts";

let server: WandbServer;
let client: WandbClient;

beforeAll(async () => {
  server = await startWandbServer({ strict: true, features: ["MARK_RUN_FILES_UPLOADED"] });
  client = wandbClient({ baseUrl: server.url, apiKey: server.apiKey, env: { HOME: "/nonexistent" } });
});

afterAll(async () => {
  expect(dislikes()).toEqual([]);
  await client.close();
  await server.close();
});

const pathOf = (run: string): RunPath => ({ entity: server.entity, project: "p", run });
const begin = (run: string) => client.runs.upsert({ ...pathOf(run), config: '{"_wandb":{"value":{"t":{}}}}' });

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) {
    await new Promise((resolve) => setImmediate(resolve)); // as a file on a disk comes
    yield Buffer.from(text);
  }
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const parts = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What the server does not like of what was sent: credentials at the store, fields that nobody else sends. */
const dislikes = () => server.failures();

test("who the key belongs to, and what the server can do", async () => {
  expect(await client.viewer()).toMatchObject({ entity: "ferry" });
  expect(await client.serverFeatures()).toEqual(new Set(["MARK_RUN_FILES_UPLOADED"]));
  expect(client.runUrl(pathOf("a b"))).toBe(`${server.url}/ferry/p/runs/a%20b`);
});

test("a run from its beginning to its end, and read back", async () => {
  const path = pathOf("whole");
  const config = '{"lr":{"value":0.5},"_wandb":{"value":{"t":{}}}}';
  expect(await client.runs.resumeStatus(path)).toBeUndefined();
  const begun = await client.runs.upsert({
    ...path,
    config,
    displayName: "the whole",
    notes: "n",
    tags: ["a"],
    group: "g",
    jobType: "j",
    host: "h",
    program: "train.py",
    repo: "https://git.example/r",
    commit: "c0ffee",
  });
  expect(begun).toMatchObject({ ...path, inserted: true, historyLines: 0, displayName: "the whole" });
  const rows = [0, 5, 1_000_000_000].map((_step) => JSON.stringify({ _step, loss: 1 / (_step + 1) }));
  expect(
    await client.fileStream(path, {
      history: { offset: 0, lines: [rows[0]!, '{"_step":5,"loss":NaN}'] },
      events: { offset: 0, lines: ['{"_wandb":true,"_timestamp":1,"_runtime":1,"system.cpu":3}'] },
      summary: { offset: 0, lines: ['{"loss":NaN}'] },
      output: { offset: 0, lines: ["2026-01-01T00:00:00.000000 hello", "ERROR 2026-01-01T00:00:01.000000 no"] },
    }),
  ).toEqual({ stopped: false, notBeforeMs: undefined });
  await client.fileStream(path, { history: { offset: 2, lines: [rows[2]!] } });
  await client.runs.alert(path, { title: "t", text: "x", level: "WARN", waitMs: 1000 });
  expect(await client.runs.resumeStatus(path)).toMatchObject({
    storageId: begun.storageId,
    historyLines: 3,
    eventsLines: 1,
    logLines: 2,
    begun: true,
    historyTail: [rows[2]],
  });
  await client.fileStream(path, { exitCode: 0 });

  const run = await client.runs.get(path);
  expect(run).toMatchObject({ name: "whole", state: "finished", group: "g", jobType: "j", notes: "n", tags: ["a"] });
  expect(JSON.parse(run.config!)).toMatchObject({ lr: { value: 0.5 } });
  expect(run.summaryMetrics).toContain("NaN");
  expect(await client.runs.lastStep(path)).toBe(1_000_000_000);
  expect(await client.runs.historyPage(path, { minStep: 0, maxStep: 6 })).toHaveLength(2);
  expect(await client.runs.historyPage(path, { minStep: 6, maxStep: 1000 })).toEqual([]);
  expect(await client.runs.historyPage(path, { minStep: 6, maxStep: 1_000_000_001, samples: 1000 })).toHaveLength(1);
  const sampled = await client.runs.sampledHistory(path, { keys: ["_step"], minStep: 6, maxStep: 2_000_000_000 });
  expect(sampled).toEqual([{ _step: 1_000_000_000 }]);
  expect(await client.runs.events(path)).toHaveLength(1);
  const lines = await all(client.runs.logLines(path, { pageSize: 1 }));
  expect(lines.map(({ number, line, level }) => [number, line, level])).toEqual([
    [0, expect.stringContaining("hello"), undefined],
    [1, expect.stringContaining("no"), "error"],
  ]);
  const held = await server.run("ferry", "p", "whole");
  expect(held).toMatchObject({ exitcode: 0, host: "h", program: "train.py", commit: "c0ffee" });
  expect(held?.alerts).toHaveLength(1);
});

test("runs in pages, with filters", async () => {
  for (const run of ["page1", "page2", "page3"]) {
    await client.runs.upsert({ entity: "ferry", project: "pages", run, config: "{}" });
  }
  const found = await all(client.runs.search({ entity: "ferry", project: "pages" }, { pageSize: 2 }));
  expect(found.map(({ name }) => name)).toEqual(["page1", "page2", "page3"]);
  expect(await client.runs.count({ entity: "ferry", project: "pages" })).toBe(3);
  const filters = JSON.stringify({ state: "finished" });
  expect(await client.runs.count({ entity: "ferry", project: "pages" }, { filters })).toBe(0);
  await expect(all(client.runs.search({ entity: "ferry", project: "none" }))).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(client.runs.get(pathOf("none"))).rejects.toMatchObject({ code: "not_found" });
});

test("files of a run up and down, from the middle too", async () => {
  const path = pathOf("files");
  await begin("files");
  const names = ["media/images/ä b.png", "empty", "output.log"];
  const targets = await client.runs.createFiles(path, names);
  expect(targets.map(({ name }) => name)).toEqual(names);
  const sent: number[] = [];
  const report = (bytes: number) => void sent.push(bytes);
  await client.storage.put(targets[0]!, () => pieces("one ", "two ", "three"), { bytes: 13, report });
  await client.storage.put(targets[1]!, () => pieces(), { bytes: 0 });
  await client.runs.markFilesUploaded(path, names.slice(0, 2));
  expect(sent).toEqual([4, 8, 13]);
  const files = await all(client.runs.files(path, { pageSize: 1 }));
  const image = files.find(({ name }) => name === names[0]);
  expect(image).toMatchObject({ bytes: 13, md5: createHash("md5").update("one two three").digest("base64") });
  expect(await textOf(client.storage.get(image!.directUrl))).toBe("one two three");
  expect(await textOf(client.storage.get(image!.directUrl, { start: 8 }))).toBe("three");
  expect(await textOf(client.storage.get(image!.directUrl, { start: 13 }))).toBe("");
  expect((await all(client.runs.files(path, { names: ["empty"] }))).map(({ name }) => name)).toEqual(["empty"]);
  expect(dislikes()).toEqual([]); // above all: no credentials at the store
});

test("an artifact up, used, linked and down", async () => {
  const path = pathOf("artifacts");
  await begin("artifacts");
  const { md5 } = await digestsOf(pieces("hello ", "model"), 11);
  expect(md5).toBe("ZaTwN2nzpp20dMYjdTWuow==");
  const artifact = {
    ...path,
    type: "model",
    name: "m",
    digest: "bdff9296cbd05990a99e8e075eda7059",
    clientId: "a".repeat(128),
    sequenceClientId: "b".repeat(128),
    aliases: ["latest", "best"],
    description: "d",
    metadata: '{"k":1}',
    tags: ["t"],
  };
  const created = await client.artifacts.create(artifact);
  expect(created).toMatchObject({ state: "PENDING", latestId: undefined });
  const asked = { ...path, artifactId: created.id, digest: "", upload: false };
  const manifest = await client.artifacts.createManifest(asked);
  expect(manifest.target).toBeUndefined();
  const [file] = await client.artifacts.createFiles([
    { artifactId: created.id, manifestId: manifest.id, name: "m.bin", md5 },
  ]);
  await client.storage.put(file!.target!, () => pieces("hello ", "model"), { bytes: 11 });
  const contents = { "m.bin": { digest: md5, size: 11, birthArtifactID: file!.birthArtifactId } };
  const policy = { storagePolicy: "wandb-storage-policy-v1", storagePolicyConfig: { storageLayout: "V2" } };
  const text = JSON.stringify({ version: 1, ...policy, contents });
  const digest = createHash("md5").update(text).digest("base64");
  const { target } = await client.artifacts.createManifest({ ...asked, digest, upload: true });
  expect(target!.name).toBe(manifestName);
  await client.storage.put(target!, () => pieces(text), { bytes: Buffer.byteLength(text) });
  await client.artifacts.commit(created.id);
  expect(await client.artifacts.create(artifact)).toMatchObject({ state: "COMMITTED" });

  const known = { entity: "ferry", project: "p", name: "m", type: "model", version: 0, state: "COMMITTED", bytes: 11 };
  expect(await all(client.artifacts.ofRun(path, "logged"))).toMatchObject([{ ...known, tags: ["t"] }]);
  expect(await client.artifacts.byName(path, "m:best")).toMatchObject({ ...known, description: "d" });
  expect(await client.artifacts.byName(path, "none:latest")).toBeUndefined();
  expect((await client.artifacts.get(created.id)).aliases.toSorted()).toEqual(["best", "latest"]);
  await client.artifacts.use(path, { artifactId: created.id, usedAs: "base" });
  expect(await all(client.artifacts.ofRun(path, "used"))).toMatchObject([known]);
  const portfolio = { entity: "ferry", project: "registry", name: "best-models" };
  expect(await client.artifacts.link(portfolio, { artifactId: created.id, aliases: ["prod"] })).toBe(0);
  expect(await textOf(client.storage.get(await client.artifacts.manifestUrl(created.id)))).toBe(text);
  const [place] = await all(client.artifacts.fileUrls(path, { name: "m", version: 0 }));
  expect(await textOf(client.storage.get(place!.url))).toBe("hello model");
  expect(dislikes()).toEqual([]);
});

test("a deleted run is gone, for its lines and for its id", async () => {
  const { storageId } = await begin("deleted");
  await client.runs.delete(storageId);
  await expect(client.fileStream(pathOf("deleted"), {})).rejects.toMatchObject({ code: "gone" });
  await expect(begin("deleted")).rejects.toMatchObject({
    code: "gone",
    hint: expect.stringContaining("--as <new id>"),
  });
});

test("stop, and the rate limit", async () => {
  await begin("stopped");
  server.stopRun("ferry", "p", "stopped");
  server.setRateLimit({ requests: 1, windowSeconds: 30 });
  const answer = await client.fileStream(pathOf("stopped"), {});
  expect(answer.stopped).toBe(true);
  expect(answer.notBeforeMs).toBeGreaterThan(0);
  const { code, answer: said } = await client.fileStream(pathOf("stopped"), {}).catch((cause) => cause);
  expect([code, said]).toMatchObject(["unavailable", { status: 429, effect: "none" }]);
  expect(said.afterMs).toBeGreaterThan(0);
  server.setRateLimit(undefined);
});
