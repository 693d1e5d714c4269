import { expect, test } from "vitest";
import { proxyFor } from "../src/index.ts";

const hostOf = (url: string, env: { readonly [name: string]: string }, first: readonly string[] = []) =>
  proxyFor(new URL(url), env, first)?.host;

test("the proxy is chosen by the scheme, and names of one's own come first", () => {
  const env = { HTTP_PROXY: "http://plain:1", https_proxy: "secure:2", HTTPS_PROXY: "http://other:3" };
  expect(hostOf("http://h", env)).toBe("plain:1");
  expect(hostOf("https://h", env)).toBe("secure:2");
  expect(hostOf("https://h", { HTTP_PROXY: "http://plain:1" })).toBeUndefined();
  expect(hostOf("https://h", { ALL_PROXY: "http://all:4" })).toBe("all:4");
  expect(hostOf("https://h", { ALL_PROXY: "socks5://all:4" })).toBeUndefined();
  expect(hostOf("https://h", { ...env, MINE: "http://mine:5" }, ["MINE"])).toBe("mine:5");
  expect(hostOf("https://h", { HTTPS_PROXY: "" })).toBeUndefined();
});

test.each([
  ["h.example", "http://h.example", true],
  [".example", "http://h.example", true],
  ["*.example", "http://h.example", true],
  ["example", "http://h.example", true],
  ["ample", "http://h.example", false],
  ["other, h.example", "http://H.example", true],
  ["*", "https://anything", true],
  ["h.example:8080", "http://h.example:8080", true],
  ["h.example:8080", "http://h.example", false],
  ["h.example:443", "https://h.example", true],
  ["127.0.0.1", "http://127.0.0.1:5000", true],
  ["::1", "http://[::1]:5000", true],
  ["[::1]:5000", "http://[::1]:5000", true],
  ["[::1]:5001", "http://[::1]:5000", false],
  ["", "http://h.example", false],
  [",", "http://h.example", false],
])("NO_PROXY=%j excepts %s: %s", (NO_PROXY, url, excepted) => {
  const env = { HTTP_PROXY: "http://p:1", HTTPS_PROXY: "http://p:1", NO_PROXY };
  expect(hostOf(url, env)).toBe(excepted ? undefined : "p:1");
});

test("what is no HTTP proxy is named by its variable, without what it holds", () => {
  const open = () => hostOf("https://h", { HTTPS_PROXY: "socks5://user:s3cret@h:1" });
  expect(open).toThrow("HTTPS_PROXY");
  expect(open).not.toThrow("s3cret");
});
