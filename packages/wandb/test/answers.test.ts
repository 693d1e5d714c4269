import { inspect } from "node:util";
import nock from "nock";
import { afterAll, afterEach, expect, test } from "vitest";
import { meaningOf, type RunPath, type WandbError, wandbClient } from "../src/client/index.ts";

const baseUrl = "http://wandb.example";
const apiKey = "canary".padEnd(40, "0");
const path: RunPath = { entity: "e", project: "p", run: "r" };
const client = wandbClient({ baseUrl, apiKey, env: { HOME: "/nonexistent" } });
afterEach(() => nock.cleanAll());
afterAll(() => client.close());

const failureOf = (asked: Promise<unknown>): Promise<WandbError> =>
  asked.then(
    () => expect.fail("it succeeded"),
    (cause) => cause,
  );

const upsert = () => client.runs.upsert({ ...path });
const json = { "content-type": "application/json" };

test.each([
  [400, { error: "bad" }, "refused", "none"],
  [401, { error: "no" }, "needs_credentials", "none"],
  [403, { errors: [{ message: "permission denied" }] }, "needs_credentials", "none"],
  [404, { error: "entity e not found" }, "not_found", "none"],
  [404, "<html>nothing here</html>", "unavailable", "none"],
  [407, "", "needs_credentials", "none"],
  [408, "", "unavailable", "unknown"],
  [409, { error: "conflict" }, "unavailable", "none"],
  [409, { error: "run e/p/r was previously created and deleted; try a new run name" }, "gone", "none"],
  [410, "", "gone", "none"],
  [413, "", "refused", "none"],
  [422, { error: "no" }, "refused", "none"],
  [429, { error: "slow down" }, "unavailable", "none"],
  [500, { error: { message: "internal" } }, "unavailable", "unknown"],
  [501, "", "refused", "none"],
  [502, "<html>Bad Gateway</html>", "unavailable", "unknown"],
  [503, "", "unavailable", "unknown"],
  [302, "", "unavailable", "none"],
  [200, "<html>please log in</html>", "unavailable", "none"],
  [200, { data: null }, "unavailable", "none"],
  [200, { data: null, errors: [{ message: "permission denied" }] }, "needs_credentials", "none"],
  [200, { errors: [{ message: "run e/p/r was previously created and deleted" }] }, "gone", "none"],
  [200, { errors: [{ message: "project not found" }] }, "not_found", "none"],
  [200, { errors: [{ message: "rate limit exceeded" }] }, "unavailable", "none"],
  [200, { errors: [{ message: "internal server error" }] }, "unavailable", "unknown"],
  [200, { errors: [{ message: "Cannot query field x" }] }, "refused", "none"],
])("GraphQL answered with %i %j is %s, and what it did is %s", async (status, body, code, effect) => {
  nock(baseUrl)
    .post("/graphql")
    .reply(status, body, typeof body === "string" ? {} : json);
  const failure = await failureOf(upsert());
  expect(failure).toMatchObject({ code, answer: { status, effect } });
  expect(failure.message).toContain("UpsertBucket");
  expect(failure.hint).not.toBe("");
});

test.each([
  [401, { error: "no" }, "needs_credentials"],
  [404, { error: "run not found" }, "gone"],
  [404, "", "gone"],
  [404, "<html>nothing here</html>", "unavailable"],
  [409, { error: "conflict" }, "refused"],
  [410, "", "gone"],
  [413, "", "refused"],
  [429, { error: "Filestream rate limit exceeded" }, "unavailable"],
  [500, "", "unavailable"],
  [200, "<html>please log in</html>", "unavailable"],
])("file_stream answered with %i %j is %s", async (status, body, code) => {
  nock(baseUrl).post("/files/e/p/r/file_stream").reply(status, body);
  expect(await failureOf(client.fileStream(path, {}))).toMatchObject({ code, answer: { status } });
});

test.each([
  [400, "<Error><Code>BadDigest</Code><Message>it was changed</Message></Error>", "unavailable"],
  [400, "<Error><Code>InvalidArgument</Code></Error>", "refused"],
  [403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", "unavailable"],
  [404, "<Error><Code>NoSuchKey</Code></Error>", "not_found"],
  [413, "<Error><Code>EntityTooLarge</Code></Error>", "refused"],
  [503, "<Error><Code>SlowDown</Code></Error>", "unavailable"],
])("a store of files that answers with %i %s is %s, and its signed address is not told", async (status, body, code) => {
  nock("https://bucket.example").get("/secret/path").query(true).reply(status, body);
  const url = "https://bucket.example/secret/path?X-Amz-Signature=s3cret";
  const failure = await failureOf(client.storage.get(url)[Symbol.asyncIterator]().next());
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(new RegExp(body.slice(13, 17)));
  expect(inspect(failure)).not.toMatch(/s3cret|secret\/path/);
});

test.each([
  ["7", 7000],
  [new Date(Date.now() + 60_000).toUTCString(), 60_000],
  ["0.5", 500],
])("Retry-After: %s", async (after, ms) => {
  const headers = { "retry-after": after, "ratelimit-remaining": "0", "ratelimit-reset": "9" };
  nock(baseUrl).post("/graphql").reply(429, {}, headers);
  const { answer } = await failureOf(upsert());
  expect(answer.notBeforeMs).toBe(9000);
  expect(answer.afterMs).toBeGreaterThan(ms / 2 - 1);
  expect(answer.afterMs).toBeLessThanOrEqual(ms);
});

test("Retry-After beside an error in words; a project that is not there has no runs", async () => {
  nock(baseUrl)
    .post("/graphql")
    .reply(200, { errors: [{ message: "rate limit exceeded" }] }, { "retry-after": "3" });
  expect(await failureOf(upsert())).toMatchObject({ code: "unavailable", answer: { status: 200, afterMs: 3000 } });
  nock(baseUrl)
    .post("/graphql")
    .reply(404, { errors: [{ message: "project not found" }] });
  expect(await client.runs.resumeStatus(path)).toBeUndefined();
});

test("an answer may be zipped, and an empty one from file_stream is a yes", async () => {
  const { gzipSync } = await import("node:zlib");
  const viewer = { id: "1", entity: "e", username: null, teams: null };
  const zipped = gzipSync(JSON.stringify({ data: { viewer } }));
  nock(baseUrl).post("/graphql").reply(200, zipped, { "content-encoding": "gzip" });
  expect(await client.viewer()).toMatchObject({ entity: "e" });
  nock(baseUrl).post("/files/e/p/r/file_stream").reply(204);
  expect(await client.fileStream(path, {})).toEqual({ stopped: false, notBeforeMs: undefined });
});

test("what is sent to file_stream", async () => {
  const sent: unknown[] = [];
  nock(baseUrl)
    .post("/files/e/p/r%20%C3%A4/file_stream", (body) => sent.push(body) > 0)
    .times(3)
    .reply(200, { stopped: true });
  const run = { ...path, run: "r ä" };
  await client.fileStream(run, {});
  await client.fileStream(run, {
    history: { offset: 3, lines: ['{"_step":0}'] },
    summary: { offset: 0, lines: ["{}"] },
    output: { offset: 1, lines: [] },
    uploaded: ["a"],
  });
  expect(await client.fileStream(run, { exitCode: 0 })).toMatchObject({ stopped: true });
  expect(sent).toEqual([
    {},
    {
      files: {
        "wandb-history.jsonl": { offset: 3, content: ['{"_step":0}'] },
        "wandb-summary.json": { offset: 0, content: ["{}"] },
      },
      uploaded: ["a"],
    },
    { complete: true, exitcode: 0 },
  ]);
});

test("the key is in no error, whatever the server says and however it fails", async () => {
  const basic = Buffer.from(`api:${apiKey}`).toString("base64");
  const echo = { error: `the key ${apiKey} sent as ${basic} is not known` };
  for (const status of [400, 401, 403, 404, 429, 500]) nock(baseUrl).post("/graphql").reply(status, echo);
  nock(baseUrl)
    .post("/graphql")
    .reply(200, { errors: [{ message: echo.error }] });
  nock(baseUrl)
    .post("/graphql")
    .replyWithError(new Error(`socket with ${apiKey}`));
  nock(baseUrl).post("/files/e/p/r/file_stream").reply(401, echo);
  const asked = [...Array.from({ length: 8 }, upsert), client.fileStream(path, {})];
  for (const failure of await Promise.all(asked.map(failureOf))) {
    const shown = inspect(failure, { depth: 10, showHidden: true }) + JSON.stringify(failure) + failure.explain();
    expect(shown).not.toContain("canary");
    expect(shown).not.toContain(basic);
    expect(failure.hint).not.toBe("");
  }
  expect(inspect(client, { depth: 10, showHidden: true })).not.toContain("canary");
});

test("an identity is asked for by its own means", () => {
  expect(meaningOf(400, "identity", true)).toMatchObject({ code: "needs_credentials" });
  expect(meaningOf(429, "identity", true)).toMatchObject({ code: "unavailable" });
  expect(meaningOf(503, "identity", true)).toMatchObject({ code: "unavailable" });
});
