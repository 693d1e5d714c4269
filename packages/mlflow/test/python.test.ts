import { execFileSync } from "node:child_process";
import { bytesOf, describeMismatch, fold, forward, memoryDeliveries, missingFrom } from "@runferry/core";
import { hostileRuns, noCrash } from "@runferry/testkit";
import { describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflowSource } from "../src/index.ts";
import { seenBy, startInspector } from "./inspector.ts";
import { mlflowSubject } from "./subject.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("MLflow's own client", () => {
  const server = borrowMlflow();

  test("reads every value, type, time, tag and byte of what is written", async () => {
    const place = await mlflowSubject(server).create();
    const inspector = startInspector(server());
    try {
      for (const { name, journal } of await hostileRuns(1, { names: 100 })) {
        const backend = await place.open(noCrash);
        const result = await forward({ journal, backend, deliveries: memoryDeliveries() });
        expect(result.state, name).toBe("delivered");
        const kept = backend.keeps(await fold(journal, { mask: true }));
        await backend.close();
        const { actual, expected } = seenBy(await inspector.inspect(journal.run), kept);
        expect([...missingFrom(actual, expected)].map(describeMismatch), `missing of ${name}`).toEqual([]);
        expect([...missingFrom(expected, actual)].map(describeMismatch), `added to ${name}`).toEqual([]);
      }
    } finally {
      inspector.stop();
    }
  });

  test("writes what is read here", async () => {
    await server().empty();
    const script = new URL("python/write_runs.py", import.meta.url).pathname;
    execFileSync(server().python, ["-W", "ignore", script, server().url], { stdio: ["ignore", "ignore", "inherit"] });
    const runs = [];
    const source = mlflowSource({ uri: server().url, env: {} });
    for await (const journal of source.runs()) runs.push({ journal, view: await fold(journal) });
    const byName = new Map(runs.map(({ journal, view }) => [view.started?.name, { journal, view }]));
    const parent = byName.get("parent")!;
    const child = byName.get("child")!;
    expect(child.view.started?.parent).toBe(parent.journal.run);
    expect(parent.view.status).toBe("finished");
    expect(child.view.status).toBe("failed");
    expect(Object.fromEntries(parent.view.params)).toEqual({ lr: "0.01", nested: "{'a': 1}", on: "True" });
    expect(parent.view.tags.get("team")).toBe("vision");
    expect(parent.view.started?.description).toBe("a note");
    const loss = [...parent.view.metrics.get("loss")!.series.points()].map(({ step, value }) => [step, value]);
    expect(loss).toEqual([...Array.from({ length: 50 }, (_, step) => [step, 1 / (step + 1)]), [50, Number.NaN]]);
    expect([...parent.view.artifacts.keys()].sort()).toEqual(["folder/note.txt", "table.json"]);
    const note = parent.view.artifacts.get("folder/note.txt")!;
    expect(Buffer.from(await bytesOf(parent.journal.open(note.file))).toString()).toBe("some text ü");
    expect(parent.view.datasets).toMatchObject([{ name: "toy", purpose: "training" }]);
    expect(parent.view.models).toMatchObject([{ name: "net", flavor: "test" }]);
    expect(parent.view.registered).toMatchObject([{ name: "registered", aliases: ["best"], tags: { a: "b" } }]);
  });
});
