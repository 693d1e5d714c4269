import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import {
  acceptedDifferences,
  compareLeft,
  type LeftRun,
  startWandbServer,
  type WandbServer,
} from "../src/wandb-server/index.ts";
import { createRecorder, features, leftBehind } from "./wandb-recording.ts";
import { type WandbSdk, wandbSdk } from "./wandb-sdk.ts";

// `RUNFERRY_RECORD=0.31.0 npm test -- wandb-server-sdk` writes down what the SDK sends, for those tests that have none.
const recordAs = process.env.RUNFERRY_RECORD;
// The SDK writes the path of its home into manifests, so it is the same on every machine.
const home = join("/tmp", recordAs === undefined ? `runferry-wandb-${process.pid}` : "runferry-wandb");

describe("The SDK of W&B against the server", () => {
  let server: WandbServer;
  let sdk: WandbSdk;
  let python = "";
  const recorder = createRecorder(() => [
    [python, "/usr/bin/python3"],
    [server.url, "http://127.0.0.1"],
    [server.storageUrl, "http://127.0.0.1"],
    [/Linux-[\w.-]+/g, "Linux"],
  ]);

  beforeAll(async () => {
    server = await startWandbServer({ features, ...(recordAs === undefined ? {} : { record: recorder.record }) });
  });

  afterAll(async () => {
    if (recordAs !== undefined) recorder.write(recordAs, await leftBehind(server));
    await server.close();
    sdk?.remove();
  });

  async function left(id: string): Promise<LeftRun> {
    const run = await server.run(server.entity, "sdk", id);
    expect(run, `run ${id}`).toBeDefined();
    return run!;
  }

  test("logs everything, and reads it back", { timeout: 120_000 }, async (context) => {
    ({ python } = needPeer(context, "wandb"));
    sdk = wandbSdk(python, server, home);
    await sdk.run("everything.py", { project: "sdk", id: "all" });
    const run = await left("all");
    expect(run.history).toHaveLength(14);
    expect(run.replacedLines).toBe(0);
    expect(run.missingFiles).toEqual([]);
    expect([...run.files.keys()].sort()).toEqual([...run.reported].sort());
    expect(run.alerts).toEqual([{ title: "title", text: "text", severity: "WARN", waitDuration: 60_000 }]);
    expect(await left("all-fails")).toMatchObject({ state: "failed", exitcode: 3 });
    expect((await left("all-user")).used).toMatchObject([{ name: "weights:v0", usedAs: null }]);

    await sdk.run("read.py", { project: "sdk", id: "all" });
    expect(await left("all")).toMatchObject({ notes: "changed", tags: ["one", "two", "three"] });
    expect(JSON.parse((await left("all")).summary.replaceAll(/NaN|-?Infinity/g, "null"))).toMatchObject({ added: 1 });
  });

  test("resumes a run", { timeout: 120_000 }, async (context) => {
    ({ python } = needPeer(context, "wandb"));
    sdk = wandbSdk(python, server, home);
    await sdk.run("resume.py", { project: "sdk", id: "resumed" });
    const run = await left("resumed");
    const rows = run.history.map((line) => JSON.parse(line!) as Record<string, number>);
    expect(rows.map(({ _step, loss }) => [_step, loss])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 10],
      [4, 11],
    ]);
    expect(run.replacedLines).toBe(0);
    expect(run.console.map((line) => line?.replace(/^\S+ /, ""))).toEqual(["first console", "second console"]);
    expect(run.events.length).toBeGreaterThan(0);
  });

  test("leaves the same behind, whether a run was online or offline", { timeout: 120_000 }, async (context) => {
    ({ python } = needPeer(context, "wandb"));
    sdk = wandbSdk(python, server, home);
    await sdk.run("either_way.py", { project: "sdk", id: "run-7g1", mode: "online" });
    await sdk.run("either_way.py", { project: "sdk", id: "run-8h2", mode: "offline" });
    expect(server.runs()).not.toContain("ferry/sdk/run-8h2");
    await sdk.sync();
    const online = await left("run-7g1");
    const synced = await left("run-8h2");
    expect(synced).toMatchObject({ state: "finished", exitcode: 0, tags: ["synced"] });
    expect(synced.history).toHaveLength(5);
    expect(synced.artifacts).toMatchObject([{ name: "weights-run-8h2", state: "COMMITTED", aliases: ["latest"] }]);
    expect(await synced.artifacts[0]!.entries[0]!.file!.bytes()).toEqual(Buffer.from("either model"));
    const differences = compareLeft(synced, online);
    expect(differences.filter((path) => !(path in acceptedDifferences))).toEqual(["origin.program"]);

    const other = { ...online, history: online.history.slice(1), exitcode: 1, config: '{"lr":{"value":0.2}}' };
    const found = compareLeft(other, online);
    expect(found).toEqual(expect.arrayContaining(["config.lr", "config.seed", "exitcode", "history.loss"]));
  });

  test("edits, forks, rewinds and deletes", { timeout: 120_000 }, async (context) => {
    ({ python } = needPeer(context, "wandb"));
    sdk = wandbSdk(python, server, home);
    await sdk.run("edit.py", { project: "sdk", id: "run-7g1" });
    const rows = (await left("run-7g1")).history.map((line) => (JSON.parse(line!) as { _step: number })._step);
    expect(rows).toEqual([0, 1, 2]);
  });

  test("does what is seldom done", { timeout: 120_000 }, async (context) => {
    ({ python } = needPeer(context, "wandb"));
    sdk = wandbSdk(python, server, home);
    await sdk.run("seldom.py", { project: "sdk", id: "resumed" });
    const run = await left("resumed");
    expect(run.reported).toContain("after.txt");
    expect(run).toMatchObject({ state: "finished", used: [{ name: "tagged:v0", usedAs: "base" }] });
    expect(server.runs()).not.toContain("ferry/sdk/resumed-tagged");
  });

  test("sends nothing that the server does not know", () => {
    const refused = server.requests().filter(({ kind, status }) => kind !== "other" && status !== 200);
    const shown = refused.map(({ method, path, operation, status }) => [method, path, operation, status]);
    // Only the run that was deleted, and is asked for again until the time is up.
    expect(new Set(shown.map(String))).toEqual(new Set(["POST,/graphql,UpsertBucket,409"]));
    expect(server.failures()).toEqual([]);
  });
});
