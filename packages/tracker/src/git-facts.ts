import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { RunStarted } from "@runferry/core";

export type GitFacts = NonNullable<RunStarted["git"]>;

/** Starting a run must not wait for a large working tree. */
const mostMs = 45;

const known = new Map<string, GitFacts | undefined>();

/** The commit that is checked out in `folder`, or undefined. Never fails; asked once per folder and process. */
export function gitFacts(folder: string): GitFacts | undefined {
  if (!known.has(folder)) known.set(folder, readFacts(folder));
  return known.get(folder);
}

function readFacts(folder: string): GitFacts | undefined {
  try {
    const git = findGit(folder);
    const head = git && readFileSync(join(git, "HEAD"), "utf8").trim();
    if (!git || !head) return undefined;
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    const commit = ref === undefined ? head : commitOf(git, ref);
    if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
    const branch = ref?.replace(/^refs\/heads\//, "");
    const dirty = isDirty(folder);
    return { commit, ...(branch === undefined ? {} : { branch }), ...(dirty === undefined ? {} : { dirty }) };
  } catch {
    return undefined; // a repository in a state that git itself would have to explain
  }
}

function findGit(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, ".git");
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return path;
    // In a worktree or a submodule it is a file that says where.
    if (stat?.isFile())
      return resolve(
        at,
        readFileSync(path, "utf8")
          .replace(/^gitdir: /, "")
          .trim(),
      );
    if (dirname(at) === at) return undefined;
  }
}

function commitOf(git: string, ref: string): string | undefined {
  const common = resolve(git, textOf(join(git, "commondir")) ?? ".");
  const loose = textOf(join(git, ref)) ?? textOf(join(common, ref));
  if (loose !== undefined) return loose;
  const packed = textOf(join(common, "packed-refs"))?.split("\n");
  return packed?.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // there is none
  }
}

/** Undefined where git is not there, or takes too long. */
function isDirty(folder: string): boolean | undefined {
  try {
    const changed = execFileSync("git", ["status", "--porcelain", "--untracked-files=no", "--ignore-submodules"], {
      cwd: folder,
      encoding: "utf8",
      timeout: mostMs,
      killSignal: "SIGKILL",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" },
    });
    return changed !== "";
  } catch {
    return undefined;
  }
}
