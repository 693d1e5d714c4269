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

it("links to folders and pipes in a folder are told, and cost no other file", async () => {
  const folder = temporary();
  mkdirSync(join(folder, "out", "sub"), { recursive: true });
  writeFileSync(join(folder, "out", "sub", "a.txt"), "a");
  symlinkSync("a.txt", join(folder, "out", "sub", "b.txt"));
  symlinkSync(folder, join(folder, "out", "round"));
  execFileSync("mkfifo", [join(folder, "out", "pipe")]);
  const run = shopIn(folder).tracker.startRun();
  const files = await run.logArtifacts(join(folder, "out"));
  expect(files.map(({ name, status }) => [name, status])).toEqual([
    ["pipe", "lost"],
    ["round", "lost"],
    ["sub/a.txt", "logged"],
    ["sub/b.txt", "logged"],
  ]);
  expect(await run.logArtifact(join(folder, "out"), "all")).toMatchObject({ status: "lost", name: "all" });
  await run.end();
  expect(run.troubles.map(({ what }) => what)).toEqual([
    "artifact pipe",
    "artifact round",
    "artifact all/pipe",
    "artifact all/round",
  ]);
}, 3000);

it("an empty folder is not logged, and said so", async () => {
  const folder = temporary();
  mkdirSync(join(folder, "empty", "sub"), { recursive: true });
  const run = shopIn(folder).tracker.startRun();
  expect(await run.logArtifact(join(folder, "empty"))).toMatchObject({ status: "lost", name: "empty" });
  expect(await run.logArtifacts(join(folder, "empty"))).toMatchObject([{ status: "lost", name: "empty" }]);
  expect(await run.logModel(join(folder, "empty"))).toMatchObject({ status: "lost", name: "empty" });
  await run.end();
});

it("options that cannot be read cost the model, not the training", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const run = shopIn(temporary()).tracker.startRun();
  for (const log of ["logModel", "logCheckpoint"] as const) {
    expect(await run[log](Buffer.from("x"), proxy)).toMatchObject({ status: "lost" });
    expect(await run[log](proxy as Uint8Array)).toMatchObject({ status: "lost" });
    expect(await run[log](Buffer.from("x"), null as never)).toMatchObject({ status: "logged" });
  }
  await run.end();
});
