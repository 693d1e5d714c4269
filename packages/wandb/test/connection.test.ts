import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type ConnectionOptions, resolveConnection } from "../src/client/index.ts";
import { appUrlOf } from "../src/client/server-url.ts";

const key = "k".repeat(40);
const other = "o".repeat(40);
const folder = mkdtempSync(join(tmpdir(), "runferry-folder-"));

function home(files: { readonly [name: string]: string } = {}): string {
  const made = mkdtempSync(join(tmpdir(), "runferry-home-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(made, name, ".."), { recursive: true });
    writeFileSync(join(made, name), text);
  }
  return made;
}

function resolve(env: { readonly [name: string]: string }, options: ConnectionOptions = {}) {
  return resolveConnection({ folder, ...options, env: { HOME: home(), ...env } });
}

function keyOf(env: { readonly [name: string]: string }, options: ConnectionOptions = {}) {
  const { credentials } = resolve(env, options);
  return credentials?.kind === "key" ? [credentials.from, credentials.key()] : credentials?.kind;
}

describe("the key", () => {
  const netrc = `machine elsewhere login user password ${other}\nmachine 127.0.0.1:8127\n  login user\n  password "${key}"\n`;
  const url = "http://127.0.0.1:8127";

  test("is looked for in the order of W&B's own client", () => {
    const HOME = home({ ".netrc": netrc, ".config/wandb/settings": `[default]\napi_key = ${other}\n` });
    const env = { HOME, WANDB_BASE_URL: url };
    expect(keyOf({ ...env, WANDB_API_KEY: other }, { apiKey: key })).toEqual(["apiKey", key]);
    expect(keyOf({ ...env, WANDB_API_KEY: other })).toEqual(["WANDB_API_KEY", other]);
    expect(keyOf(env)).toEqual([join(HOME, ".netrc"), key]);
    expect(keyOf({ HOME, WANDB_BASE_URL: "http://127.0.0.1:8128" })).toEqual(["the settings file", other]);
    expect(keyOf({ WANDB_BASE_URL: url })).toBeUndefined();
    expect(keyOf({ WANDB_IDENTITY_TOKEN_FILE: "/token" })).toBe("identity");
  });

  test("in NETRC, in ~/_netrc, under the older name of the public server, and as default", () => {
    expect(keyOf({ HOME: home({ x: netrc }), NETRC: "~/x", WANDB_BASE_URL: url })).toEqual([expect.anything(), key]);
    expect(keyOf({ HOME: home({ _netrc: netrc }), WANDB_BASE_URL: url })).toEqual([expect.anything(), key]);
    const older = home({ ".netrc": `# mine\nmachine api.wandb.ai login user password ${key}\n` });
    expect(keyOf({ HOME: older })).toEqual([expect.anything(), key]);
    const rest = `macdef init\ncd /tmp\nmachine 127.0.0.1:8127 password wrong\n\ndefault login user password '${key}'\n`;
    expect(keyOf({ HOME: home({ ".netrc": rest }), WANDB_BASE_URL: url })).toEqual([expect.anything(), key]);
  });

  test.each([
    ["", "is empty"],
    ["brief", "too short"],
    [`local-${"a".repeat(39)}`, "too short"],
    [`${"a".repeat(40)} ${"b".repeat(9)}`, "characters other than"],
  ])("%j %s", (apiKey, problem) => {
    expect(() => resolve({}, { apiKey })).toThrow(problem);
    if (apiKey !== "") expect(() => resolve({}, { apiKey })).not.toThrow(apiKey);
  });

  test.each([`local-${"a".repeat(40)}`, "aaaa.bbbb.cccc", `${"a".repeat(86)}_`, ` ${key}\n`])("%j is one", (apiKey) => {
    expect(keyOf({}, { apiKey })).toEqual(["apiKey", apiKey.trim()]);
  });

  test("is not one of two, and is printed with nothing", () => {
    const both = { WANDB_API_KEY: key, WANDB_IDENTITY_TOKEN_FILE: "/token" };
    expect(() => resolve(both)).toThrow("both set");
    const env = { WANDB_API_KEY: key, WANDB_X_EXTRA_HTTP_HEADERS: '{"x-pass":"s3cret-header"}' };
    const proxied = { ...env, HTTPS_PROXY: "http://user:s3cret-proxy@proxy:3128" };
    expect(inspect(resolve(proxied), { depth: 10, showHidden: true })).not.toMatch(/kkkkk|s3cret/);
  });
});

test("settings: files, over them the folder's, over them the environment, over all the options", () => {
  const HOME = home({
    ".config/wandb/settings": "[default]\nbase_url = https://one.example/\nentity = e1\nproject = p1\nmode = offline\n",
  });
  const own = home({ "wandb/settings": "[default]\nproject = p2\n" });
  const from = (env: object, options = {}) => {
    const { baseUrl, entity, project, mode } = resolveConnection({ env: { HOME, ...env }, folder: own, ...options });
    return [baseUrl, entity, project, mode];
  };
  expect(from({})).toEqual(["https://one.example", "e1", "p2", "offline"]);
  const env = {
    WANDB_BASE_URL: "http://two.example:8080/w/",
    WANDB_ENTITY: "e3",
    WANDB_PROJECT: "p3",
    WANDB_MODE: "run",
  };
  expect(from(env)).toEqual(["http://two.example:8080/w", "e3", "p3", "online"]);
  const options = { baseUrl: "http://three.example", entity: "e4", project: "p4" };
  expect(from({ ...env, WANDB_MODE: "dryrun" }, options)).toEqual(["http://three.example", "e4", "p4", "offline"]);
  expect(from({ WANDB_CONFIG_DIR: folder, WANDB_MODE: "shared" })[3]).toBe("online");
  const elsewhere = home({
    ".wandb/settings": "[default]\nproject = hidden\n",
    "wandb/settings": "[default]\nproject = p\n",
  });
  expect(resolve({ WANDB_DIR: elsewhere }, { folder: undefined as never }).project).toBe("hidden");
});

test.each([
  ["https://wandb.ai", /pages, not of the API/],
  ["https://app.wandb.ai", /pages, not of the API/],
  ["http://api.wandb.ai", /in the clear/],
  ["https://forge.coreweave.com/wandb", /pages, not of the API/],
  ["api.wandb.ai", /no address/],
  ["ftp://h", /no address/],
  ["https://user:s3cret@h", /a user or a password/],
])("%s as a server is named with a remedy", (baseUrl, problem) => {
  expect(() => resolve({}, { baseUrl })).toThrow(problem);
  expect(() => resolve({ WANDB_BASE_URL: baseUrl })).toThrow(/WANDB_BASE_URL/);
  expect(() => resolve({}, { baseUrl })).not.toThrow(/s3cret/);
});

test("where the pages are", () => {
  expect(resolve({}).baseUrl).toBe("https://api.forge.coreweave.com");
  expect(resolve({}, { baseUrl: "https://forge.coreweave.com/api/wandb/" }).baseUrl).toBe(resolve({}).baseUrl);
  expect(resolve({}).appUrl).toBe("https://forge.coreweave.com/wandb");
  expect(appUrlOf("https://api.wandb.ai")).toBe("https://forge.coreweave.com/wandb");
  expect(appUrlOf("https://api.wandb.example")).toBe("https://wandb.example");
  expect(appUrlOf("https://api.wandb.test")).toBe("https://app.wandb.test");
  expect(appUrlOf("https://api.lab.example")).toBe("https://app.lab.example");
  expect(appUrlOf("http://localhost:8080")).toBe("http://localhost:8080");
  expect(resolve({ WANDB_APP_URL: "https://mine/" }).appUrl).toBe("https://mine");
});

test("timeouts, certificates, proxies and further headers", () => {
  const pem = join(folder, "ca.pem");
  writeFileSync(pem, "PEM");
  const env = { WANDB_HTTP_TIMEOUT: "5", REQUESTS_CA_BUNDLE: pem, WANDB_INSECURE_DISABLE_SSL: "true" };
  const connection = resolve({ ...env, WANDB__EXTRA_HTTP_HEADERS: '{"x-a":"1"}', WANDB_HTTPS_PROXY: "http://p:1" });
  expect(connection.timeouts.graphqlMs).toBe(5000);
  expect(connection.tls).toEqual({ rejectUnauthorized: false, ca: "PEM" });
  expect(connection.extraHeaders()).toEqual({ "x-a": "1" });
  expect(connection.proxyFor(new URL("https://h"))?.host).toBe("p:1");
  expect(connection.proxyFor(new URL("http://h"))).toBeUndefined();
  const general = resolve({ HTTP_PROXY: "http://p:1" }, { baseUrl: "http://h" });
  expect(general.proxyFor(new URL("http://h"))?.host).toBe("p:1");
  for (const own of ["localhost", "127.0.0.1", "[::1]"]) {
    expect(general.proxyFor(new URL(`http://${own}:8080`))).toBeUndefined();
  }
  const HOME = home({
    ".config/wandb/settings": "[default]\nhttps_proxy = http://kept:2\ninsecure_disable_ssl = true\n",
  });
  const kept = resolve({ HOME, HTTPS_PROXY: "http://p:1" });
  expect(kept.proxyFor(new URL("https://h"))?.host).toBe("kept:2");
  expect(kept.tls).toEqual({ rejectUnauthorized: false });
});

test.each([
  ["WANDB_HTTP_TIMEOUT", "soon"],
  ["WANDB_HTTP_TIMEOUT", "-1"],
  ["WANDB_MODE", "sometimes"],
  ["WANDB_X_EXTRA_HTTP_HEADERS", "s3cret"],
  ["WANDB_X_EXTRA_HTTP_HEADERS", '{"a":1}'],
  ["SSL_CERT_FILE", "/nonexistent/ca.pem"],
  ["WANDB_HTTPS_PROXY", "socks5://user:s3cret@h:1"],
  ["HTTPS_PROXY", "socks5://user:s3cret@h:1"],
])("%s=%s is named, and what it holds is not told", (name, value) => {
  expect(() => resolve({ [name]: value })).toThrow(name);
  expect(() => resolve({ [name]: value })).not.toThrow("s3cret");
});
