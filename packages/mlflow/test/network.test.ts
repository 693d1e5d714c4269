import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMismatch, fold, forward, memoryDeliveries, missingFrom } from "@runferry/core";
import { plainRun } from "@runferry/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { type MlflowOptions, mlflow, mlflowSource } from "../src/index.ts";
import { startForwardProxy } from "./forward-proxy.ts";
import { type RecordingOptions, startRecordingProxy } from "./recording-proxy.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("on the way to a real server", () => {
  const server = borrowMlflow();
  const folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-tls-"));
  const pem = (name: string) => join(folder, `${name}.pem`);
  const closing: (() => Promise<void>)[] = [];
  beforeAll(() => {
    const script = new URL("python/make_certificates.py", import.meta.url).pathname;
    execFileSync(server().python, [script, folder]);
  });
  beforeEach(() => server().empty());
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function recording(options: RecordingOptions = {}) {
    const proxy = await startRecordingProxy(server().url, options);
    closing.push(proxy.close);
    return proxy;
  }

  async function secured(more: RecordingOptions["tls"] = {}) {
    const both = readFileSync(pem("server"));
    return recording({ tls: { cert: both, key: both, ca: readFileSync(pem("authority")), ...more } });
  }

  async function outward(target: string) {
    const proxy = await startForwardProxy(target);
    closing.push(proxy.close);
    return proxy;
  }

  async function deliver(options: MlflowOptions, deliveries = memoryDeliveries()) {
    const { journal } = await plainRun();
    const backend = mlflow({ env: {}, ...options });
    const result = await forward({ journal, backend, deliveries, retry: { attempts: 1 } });
    await backend.close();
    return result;
  }

  /** How many runs are there, each of which must be whole. */
  async function wholeRuns(options: MlflowOptions = { uri: server().url, env: {} }): Promise<number> {
    const { journal } = await plainRun();
    const backend = mlflow({ uri: server().url, env: {} });
    const expected = backend.keeps(await fold(journal, { mask: true }));
    await backend.close();
    let count = 0;
    for await (const found of mlflowSource(options).runs()) {
      const view = await fold(found);
      expect([...missingFrom(view, expected)].map(describeMismatch)).toEqual([]);
      expect([...missingFrom(expected, view)].map(describeMismatch)).toEqual([]);
      count++;
    }
    return count;
  }

  describe("TLS", () => {
    test("a server of an authority that nobody knows is not spoken to", async () => {
      const proxy = await secured();
      const { state, cause } = await deliver({ uri: proxy.url });
      expect(state).toBe("incomplete");
      expect(cause).toMatch(/certificate/);
      expect(proxy.requests).toEqual([]);
    });

    test.each([
      ["MLFLOW_TRACKING_SERVER_CERT_PATH", () => pem("authority")],
      ["MLFLOW_TRACKING_INSECURE_TLS", () => "true"],
    ])("%s lets it in, up and down", async (name, value) => {
      const proxy = await secured();
      const options = { uri: proxy.url, env: { [name]: value() } };
      expect((await deliver(options)).state).toBe("delivered");
      expect(await wholeRuns(options)).toBe(1);
      expect(proxy.requests.length).toBeGreaterThan(5);
    });

    test("MLFLOW_TRACKING_CLIENT_CERT_PATH says who we are to a server that asks", async () => {
      const proxy = await secured({ requestCert: true, rejectUnauthorized: true });
      const env = { MLFLOW_TRACKING_SERVER_CERT_PATH: pem("authority") };
      expect((await deliver({ uri: proxy.url, env })).state).toBe("incomplete");
      expect(proxy.requests).toEqual([]);
      const known = { ...env, MLFLOW_TRACKING_CLIENT_CERT_PATH: pem("client") };
      expect((await deliver({ uri: proxy.url, env: known })).state).toBe("delivered");
      expect(await wholeRuns()).toBe(1);
    });
  });

  describe("proxies", () => {
    test("HTTP_PROXY is asked for a server that only it can reach", async () => {
      const proxy = await outward(server().url);
      const through = { uri: "http://ml.example:5000", env: { HTTP_PROXY: proxy.url } };
      expect((await deliver(through)).state).toBe("delivered");
      expect(await wholeRuns(through)).toBe(1);
      expect(proxy.asked.every((line) => line.includes(" http://ml.example:5000/"))).toBe(true);
    });

    test("HTTPS_PROXY gets a tunnel and sees nothing of what goes through it", async () => {
      const inner = await secured();
      const proxy = await outward(inner.url);
      const env = { HTTPS_PROXY: proxy.url, MLFLOW_TRACKING_SERVER_CERT_PATH: pem("authority") };
      expect((await deliver({ uri: "https://ml.example", env })).state).toBe("delivered");
      expect(await wholeRuns()).toBe(1);
      expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT ml.example:443"]));
    });

    test("NO_PROXY goes around it", async () => {
      const proxy = await outward("http://127.0.0.1:1");
      const env = { HTTP_PROXY: proxy.url, NO_PROXY: "elsewhere.example,127.0.0.1" };
      expect((await deliver({ uri: server().url, env })).state).toBe("delivered");
      expect(proxy.asked).toEqual([]);
    });

    test("one that wants a password gets none from us without being told", async () => {
      const proxy = await outward(server().url);
      const { state, cause } = await deliver({ uri: "http://ml.example:5000", env: { HTTP_PROXY: proxy.bare } });
      expect(state).toBe("incomplete");
      expect(cause).toMatch(/407.*HTTPS?_PROXY/s);
      expect(cause).not.toContain("pass@");
    });
  });

  describe("being let in", () => {
    const basic = `Basic ${Buffer.from("me:s3cret").toString("base64")}`;

    test.each([
      ["user and password", { MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "s3cret" }, basic],
      ["a token", { MLFLOW_TRACKING_TOKEN: "t0ken" }, "Bearer t0ken"],
    ])("%s stand on every request, files too", async (_what, env, header) => {
      const proxy = await recording({ refuse: ({ headers }) => (headers.authorization === header ? undefined : 401) });
      expect((await deliver({ uri: proxy.url, env })).state).toBe("delivered");
      expect(await wholeRuns({ uri: proxy.url, env })).toBe(1);
      const refused = await deliver({ uri: proxy.url });
      expect(refused.state).toBe("incomplete");
      expect(refused.cause).toMatch(/401.*MLFLOW_TRACKING_TOKEN/s);
    });

    test("a token that expires in the middle stops the delivery; a new one goes on, wherever it was", async () => {
      const requests = await recording();
      await deliver({ uri: requests.url });
      for (let last = 1; last < requests.requests.length; last++) {
        await server().empty();
        const proxy = await recording({
          refuse: ({ headers }, count) => (headers.authorization === "Bearer old" && count > last ? 401 : undefined),
        });
        const deliveries = memoryDeliveries();
        const stopped = await deliver({ uri: proxy.url, token: "old" }, deliveries);
        expect(stopped.state).toBe("incomplete");
        expect(stopped.cause).toMatch(/401/);
        expect((await deliver({ uri: proxy.url, token: "new" }, deliveries)).state).toBe("delivered");
        expect(await wholeRuns()).toBe(1);
      }
      expect(requests.requests.length).toBeGreaterThan(5);
    });
  });
});
