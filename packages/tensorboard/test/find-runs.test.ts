import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createRunId } from "@runferry/core";
import { expect, test } from "vitest";
import { findRuns, streamsOf } from "../src/find-runs.ts";
import { eventFileName } from "../src/run-folder.ts";
import { collect, temporaryFolder } from "./subject.ts";

const foreign = "events.out.tfevents.1700000000.host.1.0";

function touch(...paths: readonly string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
}

async function foldersIn(logdir: string): Promise<readonly string[]> {
  return (await collect(findRuns(logdir))).map(({ folder }) => folder);
}

test("links are followed, and no folder is read twice however they cross", async () => {
  const root = temporaryFolder();
  const [logdir, elsewhere] = [join(root, "logs"), join(root, "elsewhere")];
  touch(join(logdir, "b", "run", foreign), join(logdir, "plain", foreign), join(elsewhere, "x", "far", foreign));
  touch(join(elsewhere, "one.file"));
  symlinkSync(join(logdir, "b"), join(logdir, "a")); // what is there is listed as itself, not as the link
  symlinkSync(logdir, join(logdir, "b", "circle"));
  symlinkSync(join(elsewhere, "x"), join(logdir, "out"));
  symlinkSync(elsewhere, join(logdir, "outer")); // holds what `out` has brought already
  symlinkSync(root, join(elsewhere, "x", "up"));
  symlinkSync(join(elsewhere, "nowhere"), join(logdir, "broken"));
  symlinkSync(join(elsewhere, "one.file"), join(logdir, "plain", `${foreign}.v2`));
  expect(await foldersIn(logdir)).toEqual(["b/run", "out/far", "plain"]);
  const plain = (await collect(findRuns(logdir))).find(({ folder }) => folder === "plain")!;
  expect(plain.files.map((file) => basename(file))).toEqual([foreign, `${foreign}.v2`]);
});

test("a run lies as deep as its tool put it", async () => {
  const logdir = temporaryFolder();
  const folder = Array.from({ length: 60 }, (_, i) => `d${i}`).join("/");
  touch(join(logdir, folder, foreign));
  expect(await foldersIn(logdir)).toEqual([folder]);
});

test("a run's own folder is a logdir as well: one run with all of its streams", async () => {
  const logdir = temporaryFolder();
  const run = createRunId(1_700_000_000_000, new Uint8Array(32));
  const name = eventFileName(run, 1_700_000_000_000, 0);
  touch(join(logdir, "exp", "run", name), join(logdir, "exp", "run", "eval", name));
  for (const [root, folder] of [
    [logdir, "exp/run"],
    [join(logdir, "exp", "run"), "."],
  ] as const) {
    const [found, ...others] = await collect(findRuns(root));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ folder, id: run });
    expect([...streamsOf(root, found!).keys()].sort()).toEqual(["eval", "main"]);
  }
});

test("a copy of a run beside it is another run", async () => {
  const logdir = temporaryFolder();
  const run = createRunId(1_700_000_000_000, new Uint8Array(32));
  const name = eventFileName(run, 1_700_000_000_000, 0);
  touch(join(logdir, "exp", "run", name), join(logdir, "exp", "run-copy", name));
  expect(await collect(findRuns(logdir))).toMatchObject([
    { folder: "exp/run", id: run },
    { folder: "exp/run-copy", id: undefined },
  ]);
});
