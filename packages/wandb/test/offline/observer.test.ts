import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type Deliveries,
  describeMismatch,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  missingFrom,
  observerStream,
} from "@runferry/core";
import { Crash, type CrashPoints, createCrashPoints, noCrash } from "@runferry/testkit";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { expect, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { keeps, wandbOffline, wandbOfflineSource } from "../../src/index.ts";
import { observedRun, onlyStreams } from "../observed-run.ts";
import { filesIn, temporaryFolder } from "./subject.ts";
import { wandbSync } from "./sync-cli.ts";

async function send(
  journal: Journal,
  dir: string,
  deliveries: Deliveries = memoryDeliveries(),
  crash: CrashPoints = noCrash,
) {
  const backend = wandbOffline({ dir, effects: crash });
  const options = { batch: { events: 2 }, retry: { attempts: 1 }, saveEveryMs: 0 };
  expect((await forward({ journal, backend, deliveries, ...options })).state).toBe("delivered");
}

async function unlike(journal: Journal, dir: string): Promise<readonly string[]> {
  const expected = keeps(await fold(journal, { mask: true }));
  const found: Journal[] = [];
  for await (const run of wandbOfflineSource(dir).runs()) found.push(run);
  const actual = await fold(found[0]!);
  expect([found.length, actual.status]).toEqual([1, expected.status]);
  return [...missingFrom(actual, expected), ...missingFrom(expected, actual)].map(describeMismatch);
}

test("an end seen from outside stands in the log of the run itself, in whatever order the streams come", async () => {
  const { journal } = await observedRun();
  const expected = temporaryFolder();
  await send(journal, expected);
  expect(await unlike(journal, expected)).toEqual([]);
  expect(globSync("wandb/*/*.wandb", { cwd: expected })).toHaveLength(1);
  for (const orders of [
    [["main"], [observerStream]],
    [[observerStream], ["main"]],
    [["main"], [observerStream], [observerStream]],
    [[observerStream], ["main"], [observerStream]],
  ]) {
    const dir = temporaryFolder();
    for (const names of orders) await send(onlyStreams(journal, names), dir);
    expect([...filesIn(dir)]).toEqual([...filesIn(expected)]);
    rmSync(dir, { recursive: true });
  }
});

test("it is void once the run goes on, and the log is as if it had never been", async () => {
  const { journal, main } = await observedRun();
  const [dir, expected] = [temporaryFolder(), temporaryFolder()];
  const deliveries = memoryDeliveries();
  await send(journal, dir, deliveries);
  for (const event of [
    { kind: "metrics.logged", step: 3, values: { loss: 3 } },
    { kind: "run.ended", status: "finished" },
  ] as const) {
    main.append(event);
    await send(journal, dir, deliveries);
    expect(await unlike(journal, dir)).toEqual([]);
  }
  await send(journal, expected);
  expect([...filesIn(dir)]).toEqual([...filesIn(expected)]);
});

test("after a crash before any side effect the same is there", async () => {
  const { journal } = await observedRun();
  const expected = temporaryFolder();
  const counted = createCrashPoints();
  await send(journal, expected, memoryDeliveries(), counted);
  for (let at = 1; at <= counted.reached; at++) {
    const dir = temporaryFolder();
    const deliveries = memoryDeliveries();
    await expect(send(journal, dir, deliveries, createCrashPoints(at))).rejects.toThrow(Crash);
    await send(journal, dir, deliveries);
    expect([...filesIn(dir)]).toEqual([...filesIn(expected)]);
    rmSync(dir, { recursive: true });
  }
  expect(counted.reached).toBeGreaterThan(10);
});

test("wandb sync ends the run with it", async (context) => {
  const { python } = needPeer(context, "wandb");
  const { journal } = await observedRun();
  const dir = temporaryFolder();
  await send(journal, dir);
  const server = await startWandbServer();
  const synced = await wandbSync(python, server, join(dir));
  expect([synced.code, server.runs().length]).toEqual([0, 1]);
  const [entity = "", project = "", id = ""] = server.runs()[0]!.split("/");
  const { state, exitcode, config } = (await server.run(entity, project, id))!;
  expect([state, exitcode]).toEqual(["failed", 137]);
  expect(JSON.parse(config).run.value).toMatchObject({ observed: { status: "killed", after: 6 }, experiment: "e" });
  await server.close();
});
