import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWandbServer, unknownFields, type WandbServer } from "../src/wandb-server/index.ts";
import { at, type PlainClient, plainClient } from "./wandb-client.ts";

let server: WandbServer;
let client: PlainClient;
let now = 1_800_000_000_000;

beforeEach(async () => {
  server = await startWandbServer({ strict: true, now: () => now, teams: ["team"], identityToken: "a.b.c" });
  client = plainClient(server);
});
afterEach(() => server.close());

const held = async (id: string) => (await server.run(server.entity, "p", id))!;
const history = (offset: number, ...content: string[]) => ({ files: { "wandb-history.jsonl": { offset, content } } });

describe("Who is let in", () => {
  test("only the key, or a token that was given for the right identity", async () => {
    const ask = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const body = JSON.stringify({ query: "query Viewer { viewer { id entity } }" });
      return (await fetch(`${server.url}/graphql`, { method: "POST", headers, body })).status;
    };
    const basic = (key: string) => `Basic ${Buffer.from(`api:${key}`).toString("base64")}`;
    expect([await ask(), await ask(basic("wrong")), await ask(basic(server.apiKey))]).toEqual([401, 401, 200]);

    const exchange = (assertion: string) =>
      fetch(`${server.url}/oidc/token`, { method: "POST", body: new URLSearchParams({ assertion }) });
    expect((await exchange("x.y.z")).status).toBe(401);
    const { access_token } = (await (await exchange("a.b.c")).json()) as { access_token: string };
    expect(await ask(`Bearer ${access_token}`)).toBe(200);
    server.setLocked(true);
    expect(await ask(basic(server.apiKey))).toBe(401);
  });

  test("and only where the key may write", async () => {
    expect((await client.upsert("r", { entityName: "team" })).status).toBe(200);
    const refused = await client.upsert("r", { entityName: "others" });
    expect([refused.status, at(refused, "errors", 0, "message")]).toEqual([404, expect.stringContaining("others")]);
  });
});

describe("Runs", () => {
  test("a field that the schema lacks fails the request", async () => {
    const asked = await client.graphql("query X { viewer { id salary } }");
    expect([asked.status, at(asked, "errors", 0, "message")]).toEqual([400, expect.stringContaining("salary")]);
    const told = await client.upsert("r", { mood: "good" });
    expect([told.status, at(told, "errors", 0, "message")]).toEqual([400, expect.stringContaining("mood")]);
    expect(server.runs()).toEqual([]);
  });

  test("null leaves what is there, an id stands for the run", async () => {
    const first = await client.upsert("r", { tags: ["a"], notes: "n", config: '{"a":{"value":NaN}}' });
    expect(at(first, "data", "upsertBucket")).toMatchObject({
      inserted: true,
      bucket: { name: "r", historyLineCount: 0 },
    });
    const again = await client.upsert("r", { tags: null, groupName: "g" });
    expect(at(again, "data", "upsertBucket", "inserted")).toBe(false);
    await client.graphql("mutation U($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }", {
      input: { id: at(first, "data", "upsertBucket", "bucket", "id"), summaryMetrics: '{"best":1}' },
    });
    expect(await held("r")).toMatchObject({ tags: ["a"], notes: "n", group: "g", config: '{"a":{"value":NaN}}' });
    expect((await held("r")).summary).toBe('{"best":1}');
    expect((await client.upsert("r", { config: "[" })).status).toBe(400);
    expect((await client.upsert("r", { tags: ["x".repeat(65)] })).status).toBe(400);
    expect((await client.upsert("a/b")).status).toBe(400);
  });

  test("a deleted run is gone, and its id is not given out again", async () => {
    await client.upsert("r");
    server.deleteRun(server.entity, "p", "r");
    expect((await client.stream("r", {})).status).toBe(404);
    const again = await client.upsert("r");
    expect([again.status, at(again, "errors", 0, "message")]).toEqual([
      409,
      expect.stringContaining("previously created"),
    ]);
    expect(server.runs()).toEqual([]);
  });

  test("end as the last request says, and live again with the next", async () => {
    await client.upsert("r");
    await client.stream("r", { complete: true, exitcode: 0 });
    expect(await held("r")).toMatchObject({ state: "finished", exitcode: 0 });
    await client.stream("r", { complete: true, exitcode: 7 });
    expect(await held("r")).toMatchObject({ state: "failed", exitcode: 7 });
    await client.stream("r", {});
    expect(await held("r")).toMatchObject({ state: "running", exitcode: null });
    server.crashRun(server.entity, "p", "r");
    expect((await held("r")).state).toBe("crashed");
    server.stopRun(server.entity, "p", "r");
    expect((await client.stream("r", { preempting: true })).json).toEqual({ stopped: true });
    expect((await held("r")).state).toBe("preempting");
  });
});

describe("file_stream", () => {
  test("keeps lines by their number, however often they come", async () => {
    await client.upsert("r");
    await client.stream("r", history(0, '{"_step":0,"a":1}', '{"_step":1,"a":NaN}'));
    await client.stream("r", history(0, '{"_step":0,"a":1}', '{"_step":1,"a":NaN}'));
    await client.stream("r", history(2, '{"_step":2}'));
    expect((await held("r")).history).toEqual(['{"_step":0,"a":1}', '{"_step":1,"a":NaN}', '{"_step":2}']);
    expect((await held("r")).replacedLines).toBe(0);
    await client.stream("r", history(1, '{"_step":1,"a":2}'));
    await client.stream("r", history(5, '{"_step":5}'));
    const { history: lines, replacedLines } = await held("r");
    expect([replacedLines, lines[1], lines[3], lines[5]]).toEqual([1, '{"_step":1,"a":2}', undefined, '{"_step":5}']);
    expect(at(await client.upsert("r"), "data", "upsertBucket", "bucket", "historyLineCount")).toBe(6);
  });

  test("takes gzip, and refuses what is no JSON, no known file, no run", async () => {
    await client.upsert("r");
    const zipped = gzipSync(JSON.stringify(history(0, "{}")));
    expect((await client.stream("r", zipped, { "content-encoding": "gzip" })).status).toBe(200);
    expect((await held("r")).history).toEqual(["{}"]);
    expect((await client.stream("r", Buffer.from("nothing"))).status).toBe(400);
    expect((await client.stream("r", { files: { "secrets.txt": { offset: 0, content: [] } } })).status).toBe(400);
    expect((await client.stream("r", history(-1, "{}"))).status).toBe(400);
    expect((await client.stream("other", {})).status).toBe(404);
  });

  test("counts requests where it is told to", async () => {
    await client.upsert("r");
    server.setRateLimit({ requests: 2, windowSeconds: 10 });
    const first = await client.stream("r", {});
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    expect(first.headers.get("ratelimit-reset")).toBe("10");
    now += 4000;
    await client.stream("r", {});
    const third = await client.stream("r", history(0, "{}"));
    expect([third.status, third.headers.get("retry-after")]).toEqual([429, "6"]);
    expect((await held("r")).history).toEqual([]);
    now += 6000;
    expect((await client.stream("r", history(0, "{}"))).status).toBe(200);
  });
});

describe("What the SDK never sends", () => {
  test("is found in a request", async () => {
    await client.upsert("r");
    await client.stream("r", { dropped: 1, files: { "output.log": { offset: 0, content: [] } } });
    const failures = server.failures();
    expect(failures).toContain("file_stream with file_stream dropped, which the SDK never sends");
    expect(failures.filter((failure) => failure.includes("output.log"))).toEqual([]);
    const query = 'query Run { project(name: "p") { run(name: "r") { state exitcode } } }';
    expect(unknownFields({ kind: "graphql", body: { query } })).toEqual(["Run.exitcode"]);
    const part =
      "mutation P($p: [UploadPartsInput!]!) { completeMultipartUploadArtifact(input: { completedParts: $p }) { digest } }";
    expect(unknownFields({ kind: "graphql", body: { query: part, variables: { p: [{ partNumber: 1 }] } } })).toEqual(
      [],
    );
  });
});
