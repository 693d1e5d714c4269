// `npm run rehearse -- mlflow`: a server over PostgreSQL with its files in a bucket that it hands on, in parts where they
// are large.
import { createHash } from "node:crypto";
import { bytesOf, describeMismatch, fold, forward, memoryDeliveries, missingFrom } from "@runferry/core";
import { describeBackend, hostileRuns, noCrash } from "@runferry/testkit";
import { describe, expect, test } from "vitest";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflowClient } from "../src/index.ts";
import { seenBy, startInspector } from "./inspector.ts";
import { postgresStorage } from "./postgres-storage.ts";
import { startRecordingProxy } from "./recording-proxy.ts";
import { sharedServer } from "./shared-server.ts";
import { mlflowSubject } from "./subject.ts";

const mebibyte = 1024 * 1024;

describe.skipIf("missing" in peer("mlflow-postgres") && !process.env.CI)("PostgreSQL and a bucket", () => {
  const server = sharedServer("mlflow-postgres", async (python) => ({
    storage: await postgresStorage(python),
    env: { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true" },
  }));
  const subject = mlflowSubject(server);

  describeBackend(subject);

  test("MLflow's own client reads everything of the hostile runs", async () => {
    const place = await subject.create();
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

  test("a file of 110 MiB goes to the bucket in parts, and comes back whole", async () => {
    await server().empty();
    const proxy = await startRecordingProxy(server().url);
    const client = mlflowClient({ uri: proxy.url, env: {} });
    const { tracking, artifacts } = client;
    const experimentId = await tracking.createExperiment("parts");
    const { info } = await tracking.createRun({ experimentId, name: "parts", startTime: 1, tags: [] });
    const bytes = 110 * mebibyte + 7;
    const sent = createHash("sha256");
    async function* content() {
      for (let left = bytes, turn = 0; left > 0; turn++) {
        const part = Buffer.alloc(Math.min(left, 3 * mebibyte + 1), turn);
        sent.update(part);
        yield part;
        left -= part.length;
      }
    }
    const root = info.artifact_uri!;
    await artifacts.put(root, "models/large.bin", content, { bytes });
    expect(await artifacts.sizeOf(root, "models/large.bin")).toBe(bytes);
    const received = createHash("sha256");
    for await (const part of artifacts.get(root, "models/large.bin")) received.update(part);
    expect(received.digest("hex")).toBe(sent.digest("hex"));
    const asked = proxy.requests.map(({ method, path }) => `${method} ${path}`);
    expect(asked.filter((line) => /^POST .*\/mpu\/(create|complete)\//.test(line))).toHaveLength(2);
    expect(asked.some((line) => line.startsWith("PUT "))).toBe(false); // not one byte through the server
    const end = await bytesOf(artifacts.get(root, "models/large.bin", { start: bytes - 10 }));
    expect(end).toHaveLength(10);
    client.close();
    await proxy.close();
  });
});
