import { expect, test } from "vitest";
import { releaseFaults } from "../release-faults.ts";
import { temporaryTree } from "./temporary-tree.ts";

const named = (name: string, version: string) => ({ name, version });
const sound = {
  ".changeset/config.json": {},
  "packages/core/package.json": named("@runferry/core", "0.1.0"),
  "apps/export/package.json": named("runferry", "0.1.0"),
};

test("one version for all, with nothing that waits, can be published", () => {
  expect(releaseFaults(temporaryTree(sound))).toEqual([]);
});

test.each([
  [
    "a changeset that waits",
    { ".changeset/one.md": "" },
    ".changeset/one.md is in no version yet. Run: npm run versions",
  ],
  [
    "a package apart",
    { "apps/export/package.json": named("runferry", "0.2.0") },
    "the packages have different versions: 0.2.0, 0.1.0. Run: npm run versions",
  ],
  [
    "no version",
    {
      "apps/export/package.json": named("runferry", "0.0.0"),
      "packages/core/package.json": named("@runferry/core", "0.0.0"),
    },
    "the packages have no version yet. Run: npm run versions",
  ],
])("%s is a fault", (_, change, fault) => {
  expect(releaseFaults(temporaryTree({ ...sound, ...change }))).toEqual([fault]);
});
