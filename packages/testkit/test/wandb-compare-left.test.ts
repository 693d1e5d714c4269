import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acceptedDifferences,
  compareLeft,
  type LeftRun,
  startWandbServer,
  type WandbServer,
} from "../src/wandb-server/index.ts";
import { plainClient } from "./wandb-client.ts";

let server: WandbServer;
let left: LeftRun;

beforeAll(async () => {
  server = await startWandbServer();
  const client = plainClient(server);
  const own = { t: { 1: "x" }, m: [{ 1: "loss" }], visualize: {} };
  const config = { lr: { value: 0.1 }, _wandb: { value: own } };
  await client.upsert("run-1", { config: JSON.stringify(config), tags: ["a", "b"], displayName: "run-1 again" });
  await client.stream("run-1", {
    files: {
      "wandb-history.jsonl": {
        offset: 0,
        content: ['{"_step":0,"_timestamp":1.5,"loss":NaN}', '{"_step":1,"loss":1.0}'],
      },
      "wandb-summary.json": { offset: 0, content: ['{"loss":1,"_runtime":3}'] },
      "output.log": { offset: 0, content: ["2026-01-31T12:00:00.000000 hello"] },
    },
    complete: true,
    exitcode: 0,
  });
  left = (await server.run(server.entity, "p", "run-1"))!;
});
afterAll(() => server.close());

describe("What two clients left behind", () => {
  test("is the same with other ids, times, spellings and orders", () => {
    const other: LeftRun = {
      ...left,
      id: "run-2",
      displayName: "run-2 again",
      tags: ["b", "a"],
      history: ['{"loss":NaN,"_timestamp":1.5,"_step":0}', '{"_step":1,"loss":1}'],
      console: ["2027-01-31T12:00:00.000000 hello"],
    };
    expect(compareLeft(other, left)).toEqual([]);
  });

  test.each<[string, Partial<LeftRun>]>([
    [
      "config.lr",
      { config: '{"lr":{"value":0.2},"_wandb":{"value":{"t":{"1":"x"},"m":[{"1":"loss"}],"visualize":{}}}}' },
    ],
    ["telemetry.t", { config: '{"lr":{"value":0.1},"_wandb":{"value":{"m":[{"1":"loss"}],"visualize":{}}}}' }],
    ["metrics", { config: '{"lr":{"value":0.1},"_wandb":{"value":{"t":{"1":"x"},"visualize":{}}}}' }],
    ["summary.loss", { summary: '{"loss":2,"_runtime":3}' }],
    ["times.summary._runtime", { summary: '{"loss":1,"_runtime":4}' }],
    ["history.loss", { history: ['{"_step":0,"_timestamp":1.5,"loss":NaN}', '{"_step":1,"loss":1.5}'] }],
    ["history.missing", { history: ['{"_step":0,"_timestamp":1.5,"loss":NaN}', '{"_step":1,"loss":1}', undefined] }],
    ["console", { console: ["2026-01-31T12:00:00.000000 bye"] }],
    ["exitcode", { exitcode: 1 }],
    ["state", { state: "crashed" }],
    ["tags", { tags: ["a"] }],
    [
      "files.a.txt",
      { files: new Map([["a.txt", { size: 1, md5: "", sha256: "0", bytes: async () => Buffer.of(1) }]]) },
    ],
    [
      "generated.config.yaml",
      { files: new Map([["config.yaml", { size: 1, md5: "", sha256: "0", bytes: async () => Buffer.of(1) }]]) },
    ],
  ])("differs in %s alone", (path, change) => {
    expect(compareLeft({ ...left, ...change }, left)).toEqual([path]);
  });

  test("may differ only where it does not matter", () => {
    const paths = Object.keys(acceptedDifferences);
    expect(paths.length).toBeLessThanOrEqual(25);
    expect(paths.filter((path) => !/^(telemetry|times|generated|origin)\./.test(path))).toEqual([]);
    expect(Object.values(acceptedDifferences).every((reason) => reason.length > 10)).toBe(true);
  });
});
