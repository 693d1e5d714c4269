import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fileRefOf } from "../src/run/folder-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-files-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

test("a file that came to rest is read once, and again when it was written, whatever its size", async () => {
  const from = join(folder, "model.bin");
  const refOf = (path: string) => fileRefOf({ path, from, bytes: 0 });
  const truth = () => createHash("sha256").update(readFileSync(from)).digest("hex");
  writeFileSync(from, "one");
  expect((await refOf("a")).sha256).toBe(truth());
  writeFileSync(from, "two"); // at once, and as long
  expect((await refOf("a")).sha256).toBe(truth());
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  const first = await refOf("a");
  expect(await refOf("other/a")).toEqual({ ...first, path: "other/a" });
  writeFileSync(from, "six");
  expect((await refOf("a")).sha256).toBe(truth());
  rmSync(from);
  await expect(refOf("a")).rejects.toThrow("ENOENT");
});
