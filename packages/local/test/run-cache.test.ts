import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFileSystem } from "../src/file-system.ts";
import { openRunCache } from "../src/run-cache.ts";

test("what has changed of very many runs is written as it goes, and what is gone goes from the file", () => {
  const path = join(mkdtempSync(join(tmpdir(), "runferry-cache-")), "runs.ndjson");
  const ids = Array.from({ length: 12_000 }, (_, i) => `run-${String(i).padStart(6, "0")}`);
  const linesThere = () => readFileSync(path, "utf8").split("\n").length - 1;

  const first = openRunCache(path, nodeFileSystem);
  for (const id of ids) {
    expect(first.find(id)).toBeUndefined();
    first.set(id, { id, stamp: "1", text: `text of ${id}` });
  }
  expect(linesThere()).toBe(10_000);
  first.save();
  expect(linesThere()).toBe(12_000);

  const kept = ids.filter((_, i) => i % 4 === 0);
  const second = openRunCache(path, nodeFileSystem);
  for (const id of kept) expect(second.find(id)).toEqual({ id, stamp: "1", text: `text of ${id}` });
  second.save();
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines.map((line) => line.split("\t")[0])).toEqual(kept);
});
