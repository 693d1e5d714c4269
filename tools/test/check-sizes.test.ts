import { expect, test } from "vitest";
import { sizeFaults } from "../check-sizes.ts";
import { temporaryTree } from "./temporary-tree.ts";

test("a source has at most 250 lines, a test 400", () => {
  const tree = temporaryTree({
    "packages/a/src/fits.ts": "x\n".repeat(250),
    "packages/a/src/long.ts": "x\n".repeat(251),
    "packages/a/src/generated/long.ts": "x\n".repeat(251),
    "packages/a/test/fits.test.ts": "x\n".repeat(400),
    "packages/a/test/long.test.ts": "x\n".repeat(401),
  });
  expect(sizeFaults(tree)).toEqual([
    "packages/a/src/long.ts: has 251 lines, more than 250. Split it by concept.",
    "packages/a/test/long.test.ts: has 401 lines, more than 400. Split it by concept.",
  ]);
});
