import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWandbServer, type WandbServer } from "../src/wandb-server/index.ts";
import { at, md5, type PlainClient, plainClient } from "./wandb-client.ts";

let server: WandbServer;
let client: PlainClient;

beforeEach(async () => {
  server = await startWandbServer();
  client = plainClient(server);
  await client.upsert("r");
});
afterEach(() => server.close());

async function addressFor(path: string): Promise<string> {
  const query = `mutation CreateRunFiles($entity: String!, $files: [String!]!) {
    createRunFiles(input: { entityName: $entity, projectName: "p", runName: "r", files: $files }) { files { uploadUrl } } }`;
  const made = await client.graphql(query, { entity: server.entity, files: [path] });
  return at(made, "data", "createRunFiles", "files", 0, "uploadUrl");
}

async function readAddress(): Promise<string> {
  const query = `query RunFiles($entity: String!) { project(name: "p", entityName: $entity) { run(name: "r") {
    files { edges { node { name directUrl } } } } } }`;
  const asked = await client.graphql(query, { entity: server.entity });
  return at(asked, "data", "project", "run", "files", "edges", 0, "node", "directUrl");
}

const left = async () => (await server.run(server.entity, "p", "r"))!;

describe("The object store", () => {
  test("takes bytes at a signed address and gives them back, whole or in part", async () => {
    const url = await addressFor("media/ü b.bin");
    expect((await left()).missingFiles).toEqual(["media/ü b.bin"]);
    expect((await client.put(url, Buffer.from("0123456789"))).status).toBe(200);
    expect(await (await left()).files.get("media/ü b.bin")!.bytes()).toEqual(Buffer.from("0123456789"));

    const address = await readAddress();
    const get = async (range?: string) => {
      const response = await fetch(address, range === undefined ? {} : { headers: { range } });
      return [response.status, await response.text()];
    };
    expect(await get()).toEqual([200, "0123456789"]);
    expect(await get("bytes=7-")).toEqual([206, "789"]);
    expect(await get("bytes=2-3")).toEqual([206, "23"]);
    expect(await get("bytes=-1")).toEqual([206, "9"]);
    expect((await get("bytes=10-"))[0]).toBe(416);
    const head = await fetch(address, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "10"]);
  });

  test("refuses what is not as it was announced", async () => {
    const url = await addressFor("a");
    expect((await client.put(url, Buffer.from("a"), { "content-md5": md5("b") })).status).toBe(400);
    expect((await client.put(url.replace(/Signature=.*/, "Signature=x"), Buffer.from("a"))).status).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    server.expireAddresses();
    expect((await client.put(url, Buffer.from("a"))).status).toBe(403);
    expect((await client.put(await addressFor("a"), Buffer.from("a"))).status).toBe(200);
    expect(server.failures()).toEqual([]);
  });

  test("remembers who came with credentials, or without the length", async () => {
    const url = await addressFor("a");
    expect((await client.put(url, Buffer.from("a"), { authorization: "Basic eDp5" })).status).toBe(400);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from("a"));
        controller.close();
      },
    });
    expect((await fetch(url, { method: "PUT", body, duplex: "half" } as RequestInit)).status).toBe(411);
    expect(server.failures()).toEqual([
      "PUT runs/ferry/p/r/a with credentials, which are not for the object store",
      "PUT runs/ferry/p/r/a without Content-Length",
    ]);
    expect((await left()).files.size).toBe(0);
  });

  test("holds large files on disk", { timeout: 60_000 }, async () => {
    const url = await addressFor("large.bin");
    const size = 256 << 20;
    const part = Buffer.alloc(1 << 20, 7);
    let most = 0;
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        if (sent === size) return controller.close();
        sent += part.length;
        controller.enqueue(part);
      },
    });
    const headers = { "content-length": String(size) };
    const before = process.memoryUsage().arrayBuffers;
    const response = await fetch(url, { method: "PUT", headers, body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(200);
    expect((await left()).files.get("large.bin")!.size).toBe(size);
    expect(most - before).toBeLessThan(100 << 20);
    let read = 0;
    for await (const chunk of (await fetch(await readAddress())).body!) read += chunk.length;
    expect(read).toBe(size);
  });
});
