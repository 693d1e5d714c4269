import { problemOfPath } from "@runferry/core";
import { awkwardPaths } from "@runferry/testkit";
import { describe, expect, test } from "vitest";

describe("paths", () => {
  test.each(awkwardPaths.map((path) => [path]))("takes %j", (path) => {
    expect(problemOfPath(path)).toBeUndefined();
  });

  test.each([
    "",
    ".",
    "..",
    "/a",
    "a/",
    "a//b",
    "./a",
    "a/.",
    "a/./b",
    "../a",
    "a/../b",
    "a/..",
    "\\a",
    "..\\a",
    "a\\..\\b",
    "C:/a",
    "c:\\a",
    "a\0b",
    "a\ud800",
  ])("refuses %j", (path) => {
    expect(problemOfPath(path)).toMatch(/^must /);
  });
});
