import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bytesOf, type FileRef } from "@runferry/core";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";

import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

function elsewhere(text: string): { path: string; file: FileRef } {
  const path = join(temporary(), "model.bin");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return {
    path,
    file: { path: "models/model.bin", sha256: createHash("sha256").update(text).digest("hex"), bytes: text.length },
  };
}

test("a file that was left in its place is read from there, and missed once it is gone or has changed", async () => {
  const { run } = openStore(temporary()).createRun({ experiment: "e" });
  const { path, file } = elsewhere("weights");
  await expect(bytesOf(run.journal.open(file))).rejects.toMatchObject({ code: "file_missing" });
  run.leaveFile(file, path);
  expect(run.pathOf(file)).toBe(path);
  expect(String(Buffer.from(await bytesOf(run.journal.open(file))))).toBe("weights");
  writeFileSync(path, "WEIGHTS");
  await expect(bytesOf(run.journal.open(file))).rejects.toThrow("has changed since it was logged");
  rmSync(path);
  await expect(bytesOf(run.journal.open(file))).rejects.toMatchObject({ code: "file_missing" });
});

test("the last place holds, and a line that a crash cut off harms no other", async () => {
  const { run } = openStore(temporary()).createRun({ experiment: "e" });
  const first = elsewhere("weights");
  const second = elsewhere("weights");
  run.leaveFile(first.file, first.path);
  appendFileSync(join(run.folder, "left.ndjson"), `{"sha256":"${first.file.sha256}","pa`);
  run.leaveFile(second.file, second.path);
  expect(run.pathOf(first.file)).toBe(second.path);
  rmSync(second.path);
  expect(run.pathOf(first.file)).toBe(first.path);
});
