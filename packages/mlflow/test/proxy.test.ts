import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mlflowClient } from "../src/index.ts";

const asked: string[] = [];
const proxy = createServer((request, response) => {
  asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
  response.writeHead(200, { "content-type": "application/json" }).end('{"experiment_id":"7"}');
});
proxy.on("connect", ({ method, url }, socket) => {
  asked.push(`${method} ${url}`);
  socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
});
let address: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(() => proxy.close());

async function create(uri: string, env: { readonly [name: string]: string }): Promise<unknown> {
  const client = mlflowClient({ uri, env: { HOME: "/nonexistent", ...env } });
  asked.length = 0;
  try {
    return await client.tracking.createExperiment("e").catch((cause: unknown) => cause);
  } finally {
    client.close();
  }
}

test("requests go through the proxy that the environment names, with its log-in", async () => {
  const uri = "http://ml.example:5000";
  expect(await create(uri, { HTTP_PROXY: `http://user:p%40ss@${address}` })).toBe("7");
  const basic = Buffer.from("user:p@ss").toString("base64");
  expect(asked).toEqual([`POST ${uri}/api/2.0/mlflow/experiments/create Basic ${basic}`]);
});

test("encrypted ones through a tunnel; a proxy that wants a log-in is told as that", async () => {
  const failure = await create("https://ml.example", { HTTPS_PROXY: `http://${address}` });
  expect(asked).toEqual(["CONNECT ml.example:443"]);
  expect(failure).toMatchObject({ code: "needs_credentials", hint: expect.stringContaining("HTTPS_PROXY") });
});

test("not where NO_PROXY says so", async () => {
  const env = { HTTP_PROXY: `http://${address}`, NO_PROXY: "127.0.0.1" };
  expect(await create("http://127.0.0.1:1", env)).toMatchObject({ code: "unavailable" });
  expect(asked).toEqual([]);
});

test("what is no HTTP proxy is said at once", () => {
  const env = { HTTP_PROXY: "socks5://user:s3cret@127.0.0.1:1" };
  const open = () => mlflowClient({ uri: "http://ml.example", env });
  expect(open).toThrow("HTTP_PROXY");
  expect(open).not.toThrow("s3cret");
});
