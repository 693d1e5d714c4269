import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { longest } from "../longest-first.ts";

test("the longest test files are there", () => {
  expect(longest.length).toBeGreaterThan(0);
  expect(longest.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});
