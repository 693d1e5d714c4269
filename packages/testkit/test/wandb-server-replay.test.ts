import { expect, test } from "vitest";
import { startWandbServer } from "../src/wandb-server/index.ts";
import { features, leftBehind, type RecordedRequest, readRecording } from "./wandb-recording.ts";

const recording = readRecording("0.31.0");

test("What the SDK sent is answered as it was, and leaves the same behind", async () => {
  await using server = await startWandbServer({ features });
  const authorization = `Basic ${Buffer.from(`api:${server.apiKey}`).toString("base64")}`;

  async function send({ method, path, headers, json, bytes }: RecordedRequest): Promise<[number, string]> {
    const { "content-length": _, "accept-encoding": __, ...kept } = headers;
    const signed = path.startsWith("/storage/");
    const said =
      json && JSON.stringify(json.query === undefined ? json : { ...json, query: recording.queries[json.query] });
    const body = said ?? (bytes === undefined ? null : Buffer.from(bytes, "base64"));
    const response = await fetch((signed ? server.storageUrl : server.url) + path, {
      method,
      headers: signed ? kept : { ...kept, authorization },
      // An upload without content is one of length 0.
      body: body ?? (method === "PUT" ? new Uint8Array() : null),
    });
    return [response.status, await response.text()];
  }

  for (const [i, request] of recording.requests.entries()) {
    const [status, text] = await send(request);
    expect([i, request.path, status, text.slice(0, 500)]).toEqual([
      i,
      request.path,
      request.status,
      text.slice(0, 500),
    ]);
    if (request.path === "/graphql" && status === 200) expect(JSON.parse(text)).not.toHaveProperty("errors");
  }
  expect(recording.requests.length).toBeGreaterThan(100);
  expect(JSON.parse(JSON.stringify(await leftBehind(server)))).toEqual(recording.left);
  expect(server.failures()).toEqual([]);
});
