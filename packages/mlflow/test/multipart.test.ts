import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { mlflowClient } from "../src/index.ts";

const bytes = 100 * 1024 * 1024 + 1;
const chunk = Buffer.alloc(4 * 1024 * 1024, "runferry");

async function* content() {
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that says what it is told to, and counts the bytes it gets. */
async function scripted(answer: (line: string, url: string) => { readonly status: number; readonly json?: unknown }) {
  const asked: { readonly line: string; readonly bytes: number }[] = [];
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    let got = 0;
    incoming.on("data", (part: Buffer) => (got += part.length));
    incoming.on("end", () => {
      const line = `${incoming.method} ${incoming.url}`;
      asked.push({ line, bytes: got });
      const { status, json = {} } = answer(line, url);
      outgoing.writeHead(status, { etag: '"part"' }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = mlflowClient({ uri: url, env: {} });
  closing.push(
    client.close,
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return {
    asked,
    put: () => client.artifacts.put("mlflow-artifacts:/1/r/artifacts", "a b/large.bin", content, { bytes }),
  };
}

const parts = (url: string) => ({
  upload_id: "u",
  credentials: Array.from({ length: 11 }, (_, i) => ({ part_number: i + 1, url: `${url}/bucket?part=${i + 1}` })),
});

test.each([
  [501, { error_code: "NOT_IMPLEMENTED", message: "Multipart upload is not supported" }],
  [404, { error_code: "ENDPOINT_NOT_FOUND", message: "no such endpoint" }],
])("a server that answers %i takes the file as one", async (status, json) => {
  const { asked, put } = await scripted((line) => (line.includes("/mpu/") ? { status, json } : { status: 200 }));
  await put();
  expect(asked.map(({ line }) => line)).toEqual([
    "POST /api/2.0/mlflow-artifacts/mpu/create/1/r/artifacts/a%20b",
    "PUT /api/2.0/mlflow-artifacts/artifacts/1/r/artifacts/a%20b/large.bin",
  ]);
  expect(asked[1]!.bytes).toBe(bytes);
});

test("parts go where the server says, and are put together", async () => {
  const { asked, put } = await scripted((line, url) => ({
    status: 200,
    json: line.includes("/mpu/create/") ? parts(url) : {},
  }));
  await put();
  const puts = asked.filter(({ line }) => line.startsWith("PUT /bucket"));
  expect(puts.map((part) => part.bytes)).toEqual([...Array.from({ length: 10 }, () => 10 * 1024 * 1024), 1]);
  expect(asked.at(-1)!.line).toContain("/mpu/complete/");
});

test("a part that fails: what was begun is taken back, and it is told as trouble that passes", async () => {
  const { asked, put } = await scripted((line, url) =>
    line.includes("part=4") ? { status: 503 } : { status: 200, json: line.includes("/mpu/create/") ? parts(url) : {} },
  );
  await expect(put()).rejects.toMatchObject({ code: "unavailable" });
  expect(asked.at(-1)!.line).toContain("/mpu/abort/");
  expect(asked.some(({ line }) => line.includes("/mpu/complete/"))).toBe(false);
});
