import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWandbServer, type WandbServer } from "../src/wandb-server/index.ts";
import { at, type PlainClient, plainClient } from "./wandb-client.ts";

let server: WandbServer;
let client: PlainClient;
let now = 1_800_000_000_000;

const steps = [...Array.from({ length: 10 }, (_, i) => i), 1_000_000, 1_000_001];
const row = (step: number) => `{"_step":${step},"loss":${step % 2 === 0 ? "NaN" : step},"nested":{"a":${step}}}`;

beforeAll(async () => {
  server = await startWandbServer({ now: () => now });
  client = plainClient(server);
  for (const [name, state, lr] of [
    ["a", 0, 0.1],
    ["b", 1, 0.2],
    ["c", 0, 0.3],
  ] as const) {
    await client.upsert(name, { config: `{"lr":{"value":${lr}},"deep":{"value":{"x":"${name}"}}}`, tags: [name] });
    await client.stream(name, { complete: true, exitcode: state });
    now += 60_000;
  }
  const lines = ["2026-01-31T12:00:00.000000 one", "ERROR 2026-01-31T12:00:01.000000 two", "three"];
  await client.upsert("r", { state: "pending" });
  await client.stream("r", {
    files: {
      "wandb-history.jsonl": { offset: 0, content: steps.map(row) },
      "output.log": { offset: 0, content: lines },
    },
  });
});
afterAll(() => server.close());

async function ofRun(fields: string, run = "r"): Promise<Record<string, unknown>> {
  const query = `query X { project(name: "p", entityName: "${server.entity}") { run(name: "${run}") { ${fields} } } }`;
  return at(await client.graphql(query), "data", "project", "run") as unknown as Record<string, unknown>;
}

async function runs(words: string): Promise<readonly unknown[]> {
  const query = `query X { project(name: "p", entityName: "${server.entity}") {
    runCount runs(${words}) { edges { node { name } cursor } pageInfo { endCursor hasNextPage } } } }`;
  const edges = at(await client.graphql(query), "data", "project", "runs", "edges") as unknown as {
    node: { name: string };
  }[];
  return edges.map(({ node }) => node.name);
}

describe("The history", () => {
  test("comes in pages of steps, the end of each exclusive, gaps empty", async () => {
    const page = async (min: number, max: number, samples = 1000) =>
      (await ofRun(`history(minStep: ${min}, maxStep: ${max}, samples: ${samples})`)).history;
    expect(await page(0, 3)).toEqual([row(0), row(1), row(2)]);
    expect(await page(8, 1008)).toEqual([row(8), row(9)]);
    expect(await page(1008, 2008)).toEqual([]);
    expect(await page(1_000_000, 1_001_000)).toEqual([row(1_000_000), row(1_000_001)]);
    expect((await page(0, 10, 3)) as string[]).toHaveLength(3);
    expect((await ofRun("historyKeys")).historyKeys).toMatchObject({
      lastStep: 1_000_001,
      keys: {
        loss: {
          typeCounts: [
            { type: "string", count: 6 },
            { type: "number", count: 6 },
          ],
        },
        "nested.a": {},
      },
    });
  });

  test("is the same where steps do not rise", async () => {
    await client.upsert("back");
    const content = [row(5), row(3), row(4)];
    await client.stream("back", { files: { "wandb-history.jsonl": { offset: 0, content } } });
    expect((await ofRun("history(minStep: 3, maxStep: 5, samples: 9)", "back")).history).toEqual([row(3), row(4)]);
  });

  test("has the steps of the rows themselves, not of what is in them", async () => {
    await client.upsert("odd");
    const texts = [
      '{"a":{"_step":7},"_step":1}',
      '{"text":"{\\"_step\\":8}","_step":2}',
      '{"text":",\\"_step\\":9,", "_step" : 3}',
    ];
    await client.stream("odd", { files: { "wandb-history.jsonl": { offset: 0, content: texts } } });
    expect((await ofRun("history(minStep: 1, maxStep: 4, samples: 9)", "odd")).history).toEqual(texts);
    expect((await ofRun("history(minStep: 7, maxStep: 10, samples: 9)", "odd")).history).toEqual([]);
  });

  test("is sampled for the rows that have all keys, the last step included", async () => {
    const spec = JSON.stringify(JSON.stringify({ keys: ["_step", "nested.a"], minStep: 7, maxStep: 9, samples: 10 }));
    const rows = [7, 8, 9].map((step) => ({ _step: step, "nested.a": step }));
    expect((await ofRun(`sampledHistory(specs: [${spec}])`)).sampledHistory).toEqual([rows]);
    const none = JSON.stringify(JSON.stringify({ keys: ["_step", "accuracy"] }));
    expect((await ofRun(`sampledHistory(specs: [${none}])`)).sampledHistory).toEqual([[]]);
    expect((await ofRun("history(samples: 4)")).history).toEqual([0, 4, 7, 11].map((i) => row(steps[i]!)));
  });
});

describe("Runs", () => {
  test("come in pages, in an order, through filters", async () => {
    expect(await runs("first: 3")).toEqual(["odd", "back", "r"]);
    expect(await runs('first: 2, after: "2"')).toEqual(["c", "b"]);
    expect(await runs('order: "+created_at", first: 3')).toEqual(["a", "b", "c"]);
    expect(await runs('order: "-config.lr.value", first: 3')).toEqual(["c", "b", "a"]);
    const filtered = (filter: object) =>
      runs(`order: "+created_at", filters: ${JSON.stringify(JSON.stringify(filter))}`);
    expect(await filtered({ state: "finished" })).toEqual(["a", "c"]);
    expect(await filtered({ "config.lr": { $gt: 0.1, $lt: 0.3 } })).toEqual(["b"]);
    expect(await filtered({ $or: [{ "config.deep.x": "a" }, { tags: { $in: ["b"] } }] })).toEqual(["a", "b"]);
    expect(await filtered({ name: { $regex: "^[ab]$" }, state: { $ne: "failed" } })).toEqual(["a"]);
    const unknown = await client.graphql(`query X { project(name: "p") { runCount(filters: "{\\"mood\\":1}") } }`);
    expect(unknown.status).toBe(400);
  });

  test("have console lines, from the front and from the end", async () => {
    const fields = "edges { node { number level line } } pageInfo { endCursor hasNextPage }";
    const lines = await ofRun(
      `logLineCount head: logLines(first: 2) { ${fields} } tail: logLines(last: 1) { ${fields} }`,
    );
    expect(lines).toMatchObject({
      logLineCount: 3,
      head: {
        edges: [
          { node: { number: 0, line: "one", level: null } },
          { node: { number: 1, line: "two", level: "error" } },
        ],
        pageInfo: { hasNextPage: true },
      },
      tail: { edges: [{ node: { number: 2, line: "three" } }] },
    });
  });

  test("that are not there are null", async () => {
    expect(await ofRun("id", "nobody")).toBeNull();
    const query = `query X { model(name: "p") { bucket(name: "nobody", missingOk: true) { id } } }`;
    expect((await client.graphql(query)).json).toEqual({ data: { model: { bucket: null } } });
  });
});
