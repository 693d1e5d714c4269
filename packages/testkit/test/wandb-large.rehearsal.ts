import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { startWandbServer } from "../src/wandb-server/index.ts";
import { recordingFile } from "./wandb-recording.ts";
import { wandbSdk } from "./wandb-sdk.ts";

const recordAs = process.env.RUNFERRY_RECORD;

test("The SDK of W&B uploads 2 GiB in parts, and the server stays small", { timeout: 1_200_000 }, async (context) => {
  await using server = await startWandbServer();
  const sdk = wandbSdk(needPeer(context, "wandb").python, server, join("/tmp", `runferry-large-${process.pid}`));
  await sdk.run("large.py", { project: "p", id: "large" });
  sdk.remove();
  const run = (await server.run(server.entity, "p", "large"))!;
  expect(run.artifacts).toMatchObject([{ name: "large", state: "COMMITTED", entries: [{ size: 2 ** 31 + 5 }] }]);
  expect(server.failures()).toEqual([]);
  expect(process.memoryUsage().rss).toBeLessThan(600 << 20);

  const parts = server
    .requests()
    .filter(({ operation = "" }) => /^(CreateArtifactFiles|CompleteMultipart)/.test(operation));
  expect(parts.length).toBeGreaterThanOrEqual(2);
  if (recordAs === undefined) return;
  const bodies = parts.map(({ body }) => body as { readonly query: string });
  const queries = [...new Set(bodies.map(({ query }) => query))];
  const requests = bodies.map((body) => ({ path: "/graphql", json: { ...body, query: queries.indexOf(body.query) } }));
  writeFileSync(
    recordingFile(`large-${recordAs}`),
    `${JSON.stringify({ sdk: recordAs, requests, queries }, undefined, 1)}\n`,
  );
});
