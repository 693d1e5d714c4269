import { memoryDeliveries, memoryJournal, type RunEvent } from "@runferry/core";
import { hostileRuns, rounds, smallRun } from "@runferry/testkit";
import { startWandbServer, type WandbServer, type WandbServerOptions } from "@runferry/testkit/wandb-server";
import { afterEach, expect, test, vi } from "vitest";
import { wandbClient } from "../../src/index.ts";
import { deliver, left, project, unlike } from "./deliver.ts";

vi.setConfig({ testTimeout: 120_000 });

const servers: WandbServer[] = [];
async function start(options: WandbServerOptions = {}): Promise<WandbServer> {
  const server = await startWandbServer(options);
  servers.push(server);
  return server;
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const at = 1_732_181_400_000;

/** A run of its own, from its start on. */
async function journalOf(id: string, events: readonly RunEvent[]) {
  const journal = memoryJournal(id.padEnd(26, "0"));
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id: journal.run, name: "run", experiment: "e", createdAt: at }, at);
  for (const [i, event] of events.entries()) main.append(event, at + i + 1);
  await main.close();
  return journal;
}

const points = (count: number): readonly RunEvent[] =>
  Array.from({ length: count }, (_, step) => ({ kind: "metrics.logged", step, values: { loss: 1 / (step + 1) } }));
const finished: RunEvent = { kind: "run.ended", status: "finished", exitCode: 0 };

test("a server in trouble holds every line once, whatever happens on the way", async () => {
  const { numRuns, seed } = rounds(2);
  const seen = new Map<string, number>();
  for (let round = 0; round < numRuns; round++) {
    const server = await start({ faults: { seed: seed + round, rate: 0.35 } });
    for (const { name, journal } of await hostileRuns(1, { names: 50, largestFile: 1000 })) {
      const result = await deliver(server, journal, { batch: { events: 9 } });
      expect([name, result.state, result.cause]).toEqual([name, "delivered", undefined]);
    }
    server.faults.clear();
    for (const [fault, count] of server.faults.counts) seen.set(fault, (seen.get(fault) ?? 0) + count);
    for (const path of server.runs()) {
      const run = await left(server, path.split("/")[2]!);
      expect([path, run.replacedLines, run.history.includes(undefined), run.missingFiles]).toEqual([
        path,
        0,
        false,
        [],
      ]);
    }
    expect(server.failures()).toEqual([]);
  }
  // Each sort of trouble has happened.
  for (const fault of ["reset", "reset after it acted", "500", "502 after it acted", "429", "late"]) {
    expect([fault, seen.get(fault) ?? 0]).not.toEqual([fault, 0]);
  }
});

test("lost answers to everything leave the run as it should be", async () => {
  const { journal } = await smallRun();
  for (const kind of ["graphql", "file_stream", "storage"] as const) {
    const server = await start();
    server.faults.plan({ on: kind, acted: true, times: 3 });
    const result = await deliver(server, journal, { batch: { events: 3 } });
    expect(result.state).toBe("delivered");
    expect(server.faults.pending()).toBe(0);
    expect(await unlike(server, journal)).toEqual([]);
  }
});

test("a storm of 429 is waited out, and what the rate limit says is heard", async () => {
  const server = await start();
  const body = { error: "Filestream rate limit exceeded" };
  server.faults.plan({ on: "file_stream", times: 10, answer: { status: 429, headers: { "retry-after": "7" }, body } });
  const waits: number[] = [];
  const journal = await journalOf("429", [...points(10), finished]);
  const result = await deliver(server, journal, {
    onProgress: (told) => void (told.type === "retrying" && waits.push(told.inMs)),
  });
  expect(result.state).toBe("delivered");
  expect(waits).toHaveLength(10);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(7000);
  expect(await unlike(server, journal)).toEqual([]);
});

test("a run that was deleted there is gone, before and during its delivery", async () => {
  const server = await start();
  const deliveries = memoryDeliveries();
  const journal = await journalOf("de1", points(30));
  expect((await deliver(server, journal, { deliveries })).state).toBe("delivered");
  server.deleteRun(server.entity, project, journal.run);
  const main = journal.writer();
  main.append({ kind: "metrics.logged", step: 99, values: { loss: 0 } });
  const during = await deliver(server, journal, { deliveries });
  expect(during.state).toBe("gone");
  expect(String(during.cause)).toMatch(/deleted|not there|not found/);
  const anew = await deliver(server, journal);
  expect(anew.state).toBe("gone");
  expect(server.runs()).toEqual([]);
});

test("a run of someone else's under the same id is left alone", async () => {
  const server = await start();
  const journal = await journalOf("th31r5", points(3));
  const client = wandbClient({ baseUrl: server.url, apiKey: server.apiKey, env: { HOME: "/nonexistent" } });
  const path = { entity: server.entity, project, run: journal.run };
  await client.runs.upsert({ ...path, config: '{"lr":{"value":1},"_wandb":{"value":{"t":{}}}}' });
  const before = await left(server, journal.run);
  const result = await deliver(server, journal);
  expect(result.state).toBe("incomplete");
  expect(result.cause).toContain("--as <new id>");
  expect(result.delivery.streams.main?.parked ?? []).toEqual([]);
  expect((await left(server, journal.run)).config).toBe(before.config);
  expect((await left(server, journal.run)).history).toEqual([]);
  await client.close();
});

test("somebody's wish to stop is passed on", async () => {
  const server = await start();
  const journal = await journalOf("st0p", points(40));
  const asked: string[] = [];
  let accepted = 0;
  await deliver(server, journal, {
    batch: { events: 10 },
    more: { onStop: (run) => asked.push(run) },
    onProgress: ({ type }) => {
      if (type === "accepted" && ++accepted === 1) server.stopRun(server.entity, project, journal.run);
    },
  });
  expect(new Set(asked)).toEqual(new Set([journal.run]));
});

test("an alert is sent once: not again where an answer was lost, and again where it was not taken", async () => {
  const alert: RunEvent = { kind: "alert.raised", title: "loss is NaN", level: "error", text: "at step 3" };
  const more = { now: () => at + 1000 };
  const isAlert = (request: { readonly operation?: string }) => request.operation === "NotifyScriptableRunAlert";
  const busy = { status: 503, body: { error: "busy" } };
  for (const [name, fault] of [
    ["nothing", undefined],
    ["lost lines", { on: "file_stream", acted: true }],
    ["refused for a while", { on: isAlert, times: 3, answer: busy }],
  ] as const) {
    const server = await start();
    const journal = await journalOf("a1ert", [...points(3), alert, ...points(3), finished]);
    if (fault) server.faults.plan(fault);
    expect((await deliver(server, journal, { more })).state).toBe("delivered");
    // Everything once more, as if its cursor had been lost.
    expect((await deliver(server, journal, { more })).state).toBe("delivered");
    expect([name, (await left(server, journal.run)).alerts.length]).toEqual([name, 1]);
    expect(await unlike(server, journal)).toEqual([]);
  }
});

test("the alert of a run that is long over calls nobody", async () => {
  const server = await start();
  const journal = await journalOf("01d", [{ kind: "alert.raised", title: "old", level: "info" }]);
  expect((await deliver(server, journal, { more: { now: () => at + 86_400_000 } })).state).toBe("delivered");
  expect((await left(server, journal.run)).alerts).toEqual([]);
  expect(await unlike(server, journal)).toEqual([]);
});

test("many rows go in as few requests as their size allows", async () => {
  const server = await start();
  const journal = await journalOf("many", [...points(60_000), finished]);
  const result = await deliver(server, journal);
  expect(result.state).toBe("delivered");
  const { history } = await left(server, journal.run);
  const bytes = history.reduce((sum, line) => sum + line!.length, 0);
  expect(server.requestCount("file_stream")).toBeLessThanOrEqual(Math.ceil(bytes / (10 * 1024 * 1024)) + 3);
  expect(history).toHaveLength(60_000);
});

test("a summary that is longer than W&B takes is counted once, and every row is there", async () => {
  const server = await start();
  const rows = Array.from({ length: 3 }, (_row, row): RunEvent => {
    const text = "x".repeat(4 * 1024 * 1024);
    return { kind: "media.logged", name: `text ${row}`, step: row, media: { type: "text", text } };
  });
  const journal = await journalOf("1arge", [...rows, ...points(3), finished]);
  const { state, delivery } = await deliver(server, journal, { batch: { events: 1 } });
  expect(state).toBe("delivered");
  const counted = delivery.streams.main!.differences.filter(({ kind }) => kind.startsWith("summaries"));
  expect(counted).toEqual([{ grade: "left out", kind: "summaries of over 10 MB, whose rows are there", count: 1 }]);
  expect((await left(server, journal.run)).history).toHaveLength(6);
  expect(await unlike(server, journal)).toEqual([]);
});
