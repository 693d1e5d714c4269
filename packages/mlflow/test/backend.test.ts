import {
  bytesOf,
  createRunId,
  describeMismatch,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  missingFrom,
  type RunView,
} from "@runferry/core";
import { hostileRuns, plainRun, smallRun } from "@runferry/testkit";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { type MlflowOptions, mlflow, mlflowClient, mlflowSource, type ViewType } from "../src/index.ts";
import { startFaultProxy } from "./fault-proxy.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("the backend at a real server", () => {
  const server = borrowMlflow();
  const connection = () => ({ uri: server().url, env: {} });
  beforeEach(() => server().empty());

  async function deliver(journal: Journal, options: MlflowOptions = {}, deliveries = memoryDeliveries()) {
    const backend = mlflow({ ...connection(), ...options });
    const result = await forward({ journal, backend, deliveries, retry: { attempts: 2 } });
    await backend.close();
    return { ...result, kept: backend.keeps(await fold(journal, { mask: true })) };
  }

  async function all(): Promise<readonly { journal: Journal; view: RunView }[]> {
    const found = [];
    for await (const journal of mlflowSource(connection()).runs()) found.push({ journal, view: await fold(journal) });
    return found;
  }

  function expectSame(actual: RunView, expected: RunView): void {
    expect([...missingFrom(actual, expected)].map(describeMismatch)).toEqual([]);
    expect([...missingFrom(expected, actual)].map(describeMismatch)).toEqual([]);
  }

  test("without any tag of its own a run reads just the same", async () => {
    const client = mlflowClient(connection());
    for (const { name, journal } of await hostileRuns(1, { names: 20, mixtures: 1 })) {
      if (name.includes("child") || name.includes("sibling")) continue; // they name their parent by its own id
      await server().empty();
      const { kept, delivery } = await deliver(journal);
      const id = delivery.remote!.id;
      const { data } = await client.tracking.getRun(id);
      for (const { key } of data?.tags ?? []) if (key.startsWith("runferry.")) await client.tracking.deleteTag(id, key);
      const [found] = await all();
      expect(found!.journal.run, name).not.toBe(journal.run);
      const source = { layout: "mlflow", id };
      expectSame(found!.view, { ...kept, started: { ...kept.started!, source } });
    }
    client.close();
  });

  test("a deleted run is gone, and goes on where it is restored", async () => {
    const client = mlflowClient(connection());
    const { journal } = await plainRun();
    const deliveries = memoryDeliveries();
    const first = await deliver(journal, {}, deliveries);
    expect(first.state).toBe("delivered");
    await client.tracking.deleteRun(first.delivery.remote!.id);
    expect((await deliver(journal)).state).toBe("gone");
    await client.tracking.restoreRun(first.delivery.remote!.id);
    expect((await deliver(journal)).state).toBe("delivered");
    expect(await all()).toHaveLength(1);
    client.close();
  });

  test("an experiment in the address takes all runs, which keep the name of their own", async () => {
    const client = mlflowClient(connection());
    const id = await client.tracking.createExperiment("shared");
    const uri = `${server().url}/#/experiments/${id}`;
    const { journal } = await plainRun();
    const { state, kept, delivery } = await deliver(journal, { uri });
    expect(state).toBe("delivered");
    expect((await client.tracking.getRun(delivery.remote!.id)).info.experiment_id).toBe(id);
    const there = [];
    for await (const found of mlflowSource({ uri, env: {} }).runs()) there.push(await fold(found));
    expect(there).toHaveLength(1);
    expectSame(there[0]!, kept);
    const elsewhere = mlflowSource({ uri: `${server().url}/#/experiments/0`, env: {} }).runs();
    expect((await elsewhere[Symbol.asyncIterator]().next()).done).toBe(true);
    client.close();
  });

  test("deleted runs are read where they are asked for, also in an experiment that is not deleted", async () => {
    const client = mlflowClient(connection());
    const { journal } = await plainRun();
    const other = await smallRun();
    const { delivery } = await deliver(journal);
    await deliver(other.journal);
    await client.tracking.deleteRun(delivery.remote!.id);
    client.close();
    const idsOf = async (view: ViewType) => {
      const ids = [];
      for await (const { run } of mlflowSource({ ...connection(), view }).runs()) ids.push(run);
      return ids.sort();
    };
    expect(await idsOf("DELETED_ONLY")).toEqual([journal.run]);
    expect(await idsOf("ACTIVE_ONLY")).toEqual([other.journal.run]);
    expect(await idsOf("ALL")).toEqual([journal.run, other.journal.run].sort());
  });

  test("a deleted experiment is not restored without being asked to", async () => {
    const client = mlflowClient(connection());
    const { journal } = await plainRun();
    await client.tracking.deleteExperiment(await client.tracking.createExperiment("plain"));
    const refused = await deliver(journal);
    expect(refused.state).toBe("gone");
    expect(refused.cause).toMatch(/experiment "plain".*deleted/);
    expect((await deliver(journal, { restore: true })).state).toBe("delivered");
    client.close();
  });

  test("a token that may only read needs credentials", async () => {
    const proxy = await startFaultProxy(server().url);
    proxy.forbid = (method) => method !== "GET";
    const result = await deliver((await plainRun()).journal, { uri: proxy.url });
    expect(result.state).toBe("incomplete");
    expect(result.cause).toMatch(/403/);
    await proxy.close();
  });

  test("files go to a disk that is shared with the server", async () => {
    const client = mlflowClient(connection());
    await client.tracking.createExperiment("hostile", { artifactLocation: `file://${server().folder}/shared` });
    const { journal } = await smallRun();
    const { kept, state } = await deliver(journal);
    expect(state).toBe("delivered");
    const [found] = await all();
    expectSame(found!.view, kept);
    const [artifact] = [...found!.view.artifacts.values()];
    expect(Buffer.from(await bytesOf(found!.journal.open(artifact!.file))).toString()).toBe("some weights");
    client.close();
  });

  test("a parent that comes later than its child is linked while the child goes on", async () => {
    const client = mlflowClient(connection());
    const parent = await plainRun();
    const child = memoryJournal(createRunId(1_732_181_400_000, new Uint8Array(10)));
    const main = child.writer();
    const { started } = await fold(parent.journal);
    const start = {
      kind: "run.started",
      format: 1,
      id: child.run,
      name: "child",
      createdAt: 1_732_181_400_000,
    } as const;
    main.append({ ...start, experiment: started!.experiment, parent: parent.journal.run });
    const deliveries = memoryDeliveries();
    const first = await deliver(child, {}, deliveries);
    const linkOf = async () =>
      (await client.tracking.getRun(first.delivery.remote!.id)).data?.tags?.find(
        ({ key }) => key === "mlflow.parentRunId",
      )?.value;
    expect(await linkOf()).toBe(parent.journal.run);
    const later = await deliver(parent.journal);
    main.append({ kind: "run.ended", status: "finished" });
    expect((await deliver(child, {}, deliveries)).state).toBe("delivered");
    expect(await linkOf()).toBe(later.delivery.remote!.id);
    client.close();
  });
});
