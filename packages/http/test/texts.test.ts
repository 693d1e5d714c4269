import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import {
  allPages,
  beginningOf,
  iniSection,
  jsonObjectOf,
  namedFile,
  placeOf,
  redact,
  secretsOf,
  setIn,
  skipping,
  textIfThere,
} from "../src/index.ts";

test("secrets are replaced wherever they stand, and what looks like one too", () => {
  const authorization = `Basic ${Buffer.from("user:p4ssw0rd!").toString("base64")}`;
  const text = `${authorization} p4ssw0rd! https://u:longpassword@h/ hf_${"a".repeat(20)} abc`;
  const safe = redact(text, secretsOf(authorization));
  expect(safe).not.toMatch(/p4ss|dXNlcj|longpassword|hf_a/);
  expect(safe).toMatch(/ abc$/);
  expect(redact("t0ken-as-it-is", secretsOf("Bearer t0ken-as-it-is"))).toBe("***");
  expect(secretsOf(undefined)).toEqual([""]);
  expect(redact("abc", ["", "a"])).toBe("abc"); // too short to be one
});

test("an address elsewhere is told without its path", () => {
  expect(placeOf(new URL("http://h:1/a?sig=x"), "http://h:1")).toBe("/a");
  expect(placeOf(new URL("http://b/a?sig=x"), "http://h:1")).toBe("http://b");
});

test("only an object is an answer", () => {
  expect(jsonObjectOf('{"a":1}')).toEqual({ a: 1 });
  for (const text of ["", "<html>", "[1]", "1", "null", '{"a":']) expect(jsonObjectOf(text)).toBeUndefined();
});

test("bodies: their beginning, and without their beginning", async () => {
  expect((await beginningOf(Readable.from(Array(100).fill("x".repeat(10_000))))).length).toBe(70_000);
  const parts = () => Readable.from([Buffer.from("01"), Buffer.from("234"), Buffer.from("5")]);
  for (const start of [0, 1, 2, 4, 6]) {
    expect(Buffer.concat(await skipping(parts(), start).toArray()).toString()).toBe("012345".slice(start));
  }
});

test("INI: sections, both signs, comments, and values with signs in them", () => {
  const text = "a = outside\n[one]\n# c = 1\n; d = 2\nKey: v = w \r\nempty =\n[two]\na=2\n";
  expect([...iniSection(text, "one")]).toEqual([
    ["key", "v = w"],
    ["empty", ""],
  ]);
  expect(iniSection(text, "two").get("a")).toBe("2");
  expect(iniSection(text, "three").size).toBe(0);
});

test("files: those that need not be there, and those that were named", () => {
  const path = join(mkdtempSync(join(tmpdir(), "runferry-http-")), "f");
  expect(textIfThere(path)).toBeUndefined();
  expect(() => namedFile("THE_FILE", path)).toThrow(/THE_FILE/);
  writeFileSync(path, "text");
  expect([textIfThere(path), namedFile("THE_FILE", path)]).toEqual(["text", "text"]);
});

test("a variable that is set to nothing is not set", () => {
  expect(setIn({ A: "", B: "b" }, "A", "B")).toBe("b");
  expect(setIn({ A: "" }, "A")).toBeUndefined();
});

test("a page's token that comes again ends the pages", async () => {
  const ask = async (token = "0") => ({ items: [token], next: token === "2" ? "1" : String(Number(token) + 1) });
  const items = [];
  for await (const item of allPages(
    ask,
    (page) => page.items,
    (page) => page.next,
  )) {
    items.push(item);
  }
  expect(items).toEqual(["0", "1", "2"]);
});
