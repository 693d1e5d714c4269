import { expect, test } from "vitest";
import { meaningOfSilence, meaningOfStatus } from "../src/index.ts";

const words = { name: "It", signIn: "sign in", askFor: "ask", missing: "look for it", address: "IT_URL" };

test.each([
  [400, true, "refused", "none"],
  [401, true, "needs_credentials", "none"],
  [401, false, "needs_credentials", "none"],
  [403, true, "needs_credentials", "none"],
  [404, true, "not_found", "none"],
  [404, false, "unavailable", "none"],
  [407, false, "needs_credentials", "none"],
  [408, false, "unavailable", "unknown"],
  [409, true, "refused", "none"],
  [413, false, "refused", "none"],
  [429, true, "unavailable", "none"],
  [500, true, "unavailable", "unknown"],
  [501, true, "refused", "none"],
  [503, false, "unavailable", "unknown"],
  [200, false, "unavailable", "none"],
  [302, false, "unavailable", "none"],
])("status %i, in its own form: %s, is %s, done: %s", (status, spoke, code, effect) => {
  const meaning = meaningOfStatus(status, spoke, words);
  expect(meaning).toMatchObject({ code, effect });
  expect(meaning.hint).not.toBe("");
  expect(meaning.data).toContain(effect === "none" ? "wrote nothing" : "not known");
});

test("a page in the place of an answer is told as a wrong address", () => {
  expect(meaningOfStatus(200, false, words).hint).toMatch(/IT_URL.*like It.*log-in page/);
});

test.each([
  ["ECONNREFUSED", "none", "start the server"],
  ["ENOTFOUND", "none", "name of the host"],
  ["EHOSTUNREACH", "none", "firewall"],
  ["UND_ERR_CONNECT_TIMEOUT", "none", "firewall"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "none", "IT_CA"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "none", "IT_CA"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "none", "a name that its certificate is for"],
  ["CERT_HAS_EXPIRED", "none", "renew"],
  ["EPROTO", "none", "http:// instead"],
  ["ETIMEDOUT", "unknown", "IT_TIMEOUT"],
  ["UND_ERR_HEADERS_TIMEOUT", "unknown", "IT_TIMEOUT"],
  ["ECONNRESET", "unknown", "see whether the server runs"],
  ["EPIPE", "unknown", "see whether the server runs"],
  [undefined, "unknown", "see whether the server runs"],
])("no answer because of %s: done: %s", (code, effect, hint) => {
  const words = { ca: "IT_CA", timeout: "IT_TIMEOUT" };
  const meaning = meaningOfSilence("http://h", Object.assign(new Error(""), { code }), words);
  expect(meaning).toMatchObject({ code: "unavailable", effect, hint: expect.stringContaining(hint) });
  expect(meaning.message).toBe(`http://h does not answer: ${code ?? "the connection broke"}`);
});

test("a connection that was never made, by its words", () => {
  const cause = Object.assign(new Error("connect ETIMEDOUT 10.0.0.1:5000"), { code: "ETIMEDOUT" });
  expect(meaningOfSilence("http://h", cause, { ca: "", timeout: "" })).toMatchObject({ effect: "none" });
});
