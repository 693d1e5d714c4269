import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { withFolderLock } from "../peers/folder-lock.ts";
import { needPeer, peer } from "../peers/peer.ts";
import { runProgram } from "../run-program.ts";
import { lastLine, nestedVitest } from "./nested-vitest.ts";
import { temporaryTree } from "./temporary-tree.ts";

const needsAbsentPeer = `
import { test } from "vitest";
import { needPeer } from ${JSON.stringify(join(repository, "tools/peers/peer.ts"))};
test("compares with it", (context) => { needPeer(context, "absent"); });
test("needs nothing", () => {});
`;

test("a test whose peer is missing is skipped, listed with the reason and counted", async () => {
  const ended = await nestedVitest(needsAbsentPeer, { CI: undefined });
  expect(ended.ok).toBe(true);
  expect(ended.output).toContain("SKIPPED 1: there is no part absent in tools/peers");
  expect(ended.output).toContain("  - compares with it");
  expect(lastLine(ended)).toBe("1 passed, 0 failed, 1 skipped");
});

test("in CI a test whose peer is missing fails", async () => {
  const ended = await nestedVitest(needsAbsentPeer, { CI: "true" });
  expect(ended.ok).toBe(false);
  expect(ended.output).toContain("In CI no peer may be missing: there is no part absent in tools/peers");
  expect(lastLine(ended)).toBe("1 passed, 1 failed");
});

test("a part's name cannot lead out of tools/peers", () => {
  expect(peer("../peers/tensorboard")).toHaveProperty("missing");
});

test("the tensorboard peer is the pinned one and can read event files", async (context) => {
  const { python } = needPeer(context, "tensorboard");
  const script = `
from tensorboard import __version__
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
print(__version__, EventFileLoader.__name__)`;
  const { ok, output } = await runProgram(python, ["-W", "ignore", "-c", script], { quiet: true });
  expect(output).toContain("2.21.0 EventFileLoader");
  expect(ok).toBe(true);
});

test("only one holder of a folder lock works at a time", async () => {
  const lock = join(temporaryTree({}), "lock");
  let working = 0;
  let most = 0;
  const work = async () => {
    working += 1;
    most = Math.max(most, working);
    await wait(20);
    working -= 1;
  };
  await Promise.all([withFolderLock(lock, work), withFolderLock(lock, work), withFolderLock(lock, work)]);
  expect(most).toBe(1);
});

test("the lock of a dead process is taken over", async () => {
  const ended = await runProgram(process.execPath, ["-p", "process.pid"], { quiet: true });
  const tree = temporaryTree({ "lock/process": ended.output.trim() });
  expect(await withFolderLock(join(tree, "lock"), async () => "taken")).toBe("taken");
});

test("a failing piece of work releases the lock", async () => {
  const lock = join(temporaryTree({}), "lock");
  await expect(withFolderLock(lock, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  mkdirSync(lock);
});
