import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Fault, startWandbServer, type WandbServer } from "../src/wandb-server/index.ts";
import { type PlainClient, plainClient } from "./wandb-client.ts";

let server: WandbServer;
let client: PlainClient;

beforeEach(async () => {
  server = await startWandbServer();
  client = plainClient(server);
  await client.upsert("r");
});
afterEach(() => server.close());

const row = { files: { "wandb-history.jsonl": { offset: 0, content: ['{"_step":0}'] } } };
const lines = async () => (await server.run(server.entity, "p", "r"))!.history.length;

async function meets(fault: Fault): Promise<number | string> {
  server.faults.plan({ on: "file_stream", ...fault });
  const done = await client.stream("r", row).then(
    ({ status, json }) => (typeof json === "string" ? `${status} ${json.slice(0, 9)}` : status),
    () => "cut",
  );
  expect(server.faults.pending()).toBe(0);
  return done;
}

describe("What goes wrong on demand", () => {
  test("before the server acted", async () => {
    expect(await meets({})).toBe("cut");
    expect(await meets({ answer: { status: 503, headers: { "retry-after": "1" }, body: {} } })).toBe(503);
    expect(await meets({ answer: "not json" })).toBe("200 <!doctype");
    expect(await lines()).toBe(0);
  });

  test.each([
    [{ answer: "reset" }, "cut"],
    [{ answer: { status: 500, body: { error: "x" } } }, 500],
    [{ answer: { status: 409, body: "" } }, "409 "],
    [{ answer: "not json" }, "200 <!doctype"],
  ] as const)("after the server acted: %j", async (fault, seen) => {
    expect(await meets({ ...fault, acted: true })).toBe(seen);
    expect(await lines()).toBe(1);
    // To say it again changes nothing.
    expect((await client.stream("r", row)).status).toBe(200);
    expect(await lines()).toBe(1);
  });

  test("late, with the answer that it would have had", async () => {
    const before = performance.now();
    expect(await meets({ answer: { lateMs: 50 } })).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(45);
    expect(await lines()).toBe(1);
  });

  test("where it is wanted, as often as it is wanted", async () => {
    server.faults.plan({ on: ({ operation }) => operation === "UpsertBucket", answer: { status: 404 }, times: 2 });
    expect((await client.stream("r", row)).status).toBe(200);
    const answers = [await client.upsert("x"), await client.upsert("x"), await client.upsert("x")];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 200]);
    expect([...server.faults.counts]).toEqual([["404", 2]]);
    server.faults.plan({ times: 5 });
    server.faults.clear();
    expect((await client.stream("r", row)).status).toBe(200);
  });

  test("by a schedule, the same for the same seed, and nobody is starved", async () => {
    async function fates(seed: number): Promise<readonly string[]> {
      await using hostile = await startWandbServer({ faults: { seed, rate: 0.7 } });
      const asking = plainClient(hostile);
      const seen: string[] = [];
      for (let i = 0; i < 40; i++) {
        seen.push(
          await asking.upsert(`r${i}`).then(
            ({ status }) => String(status),
            () => "cut",
          ),
        );
      }
      return seen;
    }
    const [one, same, other] = [await fates(1), await fates(1), await fates(2)];
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    expect(new Set(one)).toEqual(new Set(["200", "cut", "429", "500", "502"]));
    expect(one.join(" ")).not.toMatch(/((cut|429|500|502) ){3}/);
  });
});
