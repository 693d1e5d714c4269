import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

it("a pipe is refused: to open it would stop the whole training, signals included", async () => {
  const folder = temporary();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const held = openSync(pipe, "r+"); // so that this test fails and does not hang where the pipe is opened
  try {
    const run = shopIn(folder).tracker.startRun();
    expect(await run.logArtifact(pipe)).toMatchObject({ status: "lost", error: { code: "bad_option" } });
    expect(await run.logArtifact("/dev/zero", { mode: "reference" })).toMatchObject({ status: "lost" });
    await run.end();
  } finally {
    closeSync(held);
  }
}, 3000);

it("a broken link in a folder costs itself, is told, and costs no other file", async () => {
  const folder = temporary();
  mkdirSync(join(folder, "out"));
  writeFileSync(join(folder, "out", "a.txt"), "a");
  symlinkSync("loop", join(folder, "out", "loop"));
  symlinkSync("nowhere", join(folder, "out", "dangling"));
  const run = shopIn(folder).tracker.startRun();
  const files = await run.logArtifacts(join(folder, "out"));
  await run.end();
  expect(files.map(({ name, status }) => [name, status])).toEqual([
    ["a.txt", "logged"],
    ["dangling", "lost"],
    ["loop", "lost"],
  ]);
});
