import { join } from "node:path";
import { describe, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { type RequestKind, startWandbServer } from "../src/wandb-server/index.ts";
import { wandbSdk } from "./wandb-sdk.ts";

// Side by side, since most of the time is spent waiting.
describe.concurrent("The SDK of W&B in trouble", () => {
  test("sends everything once, though answers are lost", { timeout: 120_000 }, async ({ expect, skip }) => {
    await using server = await startWandbServer();
    const sdk = wandbSdk(needPeer({ skip }, "wandb").python, server, join("/tmp", `runferry-troubled-${process.pid}`));
    const operation = (name: string) => (request: { readonly operation?: string }) => request.operation === name;
    const kinds: readonly RequestKind[] = ["graphql", "file_stream", "storage"];
    // Told when to come back, it does not wait for seconds; 0 would not be heeded.
    const answer = { status: 503, headers: { "retry-after": "0.02" }, body: {} };
    server.faults.plan(
      { on: "file_stream", acted: true },
      ...kinds.map((on) => ({ on, answer })),
      ...kinds.map((on) => ({ on, answer, acted: true })),
      { on: operation("CreateArtifact"), answer, acted: true },
      { on: operation("CommitArtifact"), answer, acted: true },
      { on: "file_stream", answer: { ...answer, status: 429 }, acted: true },
    );
    await sdk.run("troubled.py", { project: "p", id: "troubled" });
    sdk.remove();
    expect(server.faults.pending()).toBe(0);
    const run = (await server.run(server.entity, "p", "troubled"))!;
    const losses = run.history.map((line) => (JSON.parse(line!) as { loss: number }).loss);
    expect(losses).toEqual(Array.from({ length: 10 }, (_, i) => 1 / (i + 1)));
    expect(run).toMatchObject({ state: "finished", exitcode: 0, replacedLines: 0, missingFiles: [] });
    expect(run.artifacts).toMatchObject([{ name: "troubled", version: 0, state: "COMMITTED" }]);
    expect(server.failures()).toEqual([]);
  });

  test("is stopped from outside", { timeout: 120_000 }, async ({ expect, skip }) => {
    await using server = await startWandbServer();
    const sdk = wandbSdk(needPeer({ skip }, "wandb").python, server, join("/tmp", `runferry-stopped-${process.pid}`));
    server.faults.plan({ on: "file_stream", acted: true, answer: { status: 200, body: { stopped: true } } });
    expect(await sdk.run("stopped.py", { project: "p", id: "stopped" })).toContain("stopped");
    sdk.remove();
    expect(await server.run(server.entity, "p", "stopped")).toMatchObject({ state: "failed", exitcode: 130 });
  });
});
