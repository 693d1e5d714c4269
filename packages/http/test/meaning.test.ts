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
  ["ECONNREFUSED", "none", /see whether the server runs/],
  ["ENOTFOUND", "none", /see whether the server runs/],
  ["UND_ERR_CONNECT_TIMEOUT", "none", /see whether the server runs/],
  ["SELF_SIGNED_CERT_IN_CHAIN", "none", /IT_CA/],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "none", /IT_CA/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "none", /IT_CA/],
  ["CERT_HAS_EXPIRED", "none", /IT_CA/],
  ["ECONNRESET", "unknown", /see whether the server runs/],
  ["EPIPE", "unknown", /see whether the server runs/],
  [undefined, "unknown", /see whether the server runs/],
])("no answer because of %s: done: %s", (code, effect, hint) => {
  const meaning = meaningOfSilence("http://h", Object.assign(new Error(""), { code }), "IT_CA");
  expect(meaning).toMatchObject({ code: "unavailable", effect, hint: expect.stringMatching(hint) });
  expect(meaning.message).toBe(`http://h does not answer: ${code ?? "the connection broke"}`);
});
