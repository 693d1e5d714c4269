import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { gitFacts } from "../src/git-facts.ts";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

function git(folder: string, ...words: readonly string[]): string {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=trunk"];
  return execFileSync("git", [...who, ...words], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

function repository(): { readonly folder: string; readonly commit: string } {
  const folder = temporary();
  git(folder, "init");
  writeFileSync(join(folder, "train.ts"), "1");
  git(folder, "add", ".");
  git(folder, "commit", "-m", "first");
  return { folder, commit: git(folder, "rev-parse", "HEAD") };
}

// On a busy machine git may take longer than a start may wait: then `dirty` is absent, and never wrong.
function expectFacts(
  folder: string,
  facts: { readonly commit: string; readonly branch?: string },
  dirty: boolean,
): void {
  const found = gitFacts(folder);
  const { dirty: told = dirty, ...rest } = found ?? {};
  expect(rest).toEqual(facts);
  expect(told).toBe(dirty);
}

it("are the commit and the branch, from any folder within", () => {
  const { folder, commit } = repository();
  mkdirSync(join(folder, "deep/er"), { recursive: true });
  expectFacts(join(folder, "deep/er"), { commit, branch: "trunk" }, false);
});

it("say where tracked files were changed", () => {
  const { folder, commit } = repository();
  writeFileSync(join(folder, "train.ts"), "2");
  expectFacts(folder, { commit, branch: "trunk" }, true);
});

it("are found in packed refs, without a branch, and in a worktree", () => {
  const { folder, commit } = repository();
  git(folder, "pack-refs", "--all");
  expectFacts(folder, { commit, branch: "trunk" }, false);
  const worktree = join(temporary(), "tree");
  git(folder, "worktree", "add", "-b", "side", worktree);
  expectFacts(worktree, { commit, branch: "side" }, false);
  const detached = join(temporary(), "detached");
  git(folder, "worktree", "add", "--detach", detached);
  expectFacts(detached, { commit }, false);
});

it("are absent where there is no repository, no commit, or a broken one", () => {
  expect(gitFacts(temporary())).toBeUndefined();
  const empty = temporary();
  git(empty, "init");
  expect(gitFacts(empty)).toBeUndefined();
  const broken = temporary();
  writeFileSync(join(broken, ".git"), "gitdir: /nowhere");
  expect(gitFacts(broken)).toBeUndefined();
});
