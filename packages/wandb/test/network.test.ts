import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wandbClient } from "../src/client/index.ts";
import { type LocalProxy, startProxy } from "./proxy.ts";
import { type ScriptedServer, says, scriptedServer } from "./scripted-server.ts";

const apiKey = "canary".padEnd(40, "0");
const viewer = { data: { viewer: { id: "1", entity: "e", username: "u", teams: { edges: [] } } } };
const folder = mkdtempSync(join(tmpdir(), "runferry-tls-"));
const ca = join(folder, "ca.pem");

let plain: ScriptedServer;
let secure: ScriptedServer;
let secureUrl: string;
let proxy: LocalProxy;
let guarded: LocalProxy;

beforeAll(async () => {
  const { key, cert } = certificates();
  plain = await scriptedServer([says(viewer)]);
  secure = await scriptedServer([says(viewer)], (listener) => createTlsServer({ key, cert }, listener));
  secureUrl = secure.url.replace("http://", "https://");
  const ports = { "wandb.test": Number(new URL(plain.url).port), "wandb.test:443": Number(new URL(secureUrl).port) };
  proxy = await startProxy(ports);
  guarded = await startProxy(ports, "user:s3cret");
});

afterAll(async () => {
  for (const one of [proxy, guarded, plain, secure]) await one.close();
});

/** Only the proxies know where that is. */
const hosts = { plain: "http://wandb.test", secure: "https://wandb.test" };

/** A CA of our own, and what it says of this machine. */
function certificates(): { readonly key: Buffer; readonly cert: Buffer } {
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=runferry tests");
  openssl("req", ...fresh, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1");
  writeFileSync(join(folder, "names"), "subjectAltName=IP:127.0.0.1,DNS:wandb.test\n");
  const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...signing);
  const read = (name: string) => readFileSync(join(folder, name));
  return { key: read("server.key"), cert: read("server.pem") };
}

async function viewerOver(baseUrl: string, env: { readonly [name: string]: string }): Promise<unknown> {
  const client = wandbClient({ baseUrl, apiKey, env: { HOME: "/nonexistent", ...env }, folder: "/nonexistent" });
  try {
    return await client.viewer().catch((cause: unknown) => cause);
  } finally {
    await client.close();
  }
}

test("a certificate of one's own CA is taken with the CA, or with no checks, and not otherwise", async () => {
  const known = { entity: "e" };
  expect(await viewerOver(secureUrl, { SSL_CERT_FILE: ca })).toMatchObject(known);
  expect(await viewerOver(secureUrl, { REQUESTS_CA_BUNDLE: ca })).toMatchObject(known);
  expect(await viewerOver(secureUrl, { WANDB_INSECURE_DISABLE_SSL: "true" })).toMatchObject(known);
  secure.asked.length = 0;
  const refused = await viewerOver(secureUrl, {});
  expect(refused).toMatchObject({ code: "unavailable", answer: { effect: "none" } });
  expect(refused).toMatchObject({ hint: expect.stringContaining("SSL_CERT_FILE") });
  expect(secure.asked).toEqual([]);
});

test("plain requests go through the proxy, encrypted ones through a tunnel", async () => {
  const address = `http://127.0.0.1:${proxy.port}`;
  const env = { HTTP_PROXY: address, HTTPS_PROXY: address, SSL_CERT_FILE: ca };
  expect(await viewerOver(hosts.plain, env)).toMatchObject({ entity: "e" });
  expect(await viewerOver(hosts.secure, env)).toMatchObject({ entity: "e" });
  expect(proxy.asked.map(({ what }) => what)).toEqual(["POST http://wandb.test/graphql", "CONNECT wandb.test:443"]);
  expect(await viewerOver(secureUrl, env)).toMatchObject({ entity: "e" });
  expect(await viewerOver(hosts.plain, { ...env, NO_PROXY: ".test" })).toMatchObject({ code: "unavailable" });
  expect(proxy.asked).toHaveLength(2);
});

test("without the CA a tunnel is not trusted either", async () => {
  const failure = await viewerOver(hosts.secure, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  expect(failure).toMatchObject({ code: "unavailable", hint: expect.stringContaining("SSL_CERT_FILE") });
});

test("W&B's own variables come first", async () => {
  const before = proxy.asked.length;
  const env = { WANDB_HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, HTTP_PROXY: "http://127.0.0.1:1" };
  expect(await viewerOver(hosts.plain, env)).toMatchObject({ entity: "e" });
  expect(proxy.asked).toHaveLength(before + 1);
});

test.each(["plain", "secure"] as const)("a proxy that wants a login gets it, or that is said (%s)", async (which) => {
  const through = (login: string) => {
    const address = `http://${login}127.0.0.1:${guarded.port}`;
    return viewerOver(hosts[which], { HTTP_PROXY: address, HTTPS_PROXY: address, SSL_CERT_FILE: ca });
  };
  expect(await through("user:s3cret@")).toMatchObject({ entity: "e" });
  for (const login of ["", "user:wr0ng@"]) {
    const failure = await through(login);
    expect(failure).toMatchObject({ code: "needs_credentials", hint: expect.stringContaining("HTTPS_PROXY") });
    expect(inspect(failure, { depth: 10 })).not.toMatch(/wr0ng|canary/);
  }
});

test("a proxy that is not there", async () => {
  const env = { HTTP_PROXY: "http://user:s3cret@127.0.0.1:1", HTTPS_PROXY: "http://user:s3cret@127.0.0.1:1" };
  for (const url of Object.values(hosts)) {
    const failure = await viewerOver(url, env);
    expect(failure).toMatchObject({ code: "unavailable", answer: { effect: "none" } });
    expect(inspect(failure, { depth: 10 })).not.toMatch(/s3cret|canary/);
  }
});
