import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { documentExamples } from "../document-examples.ts";
import { readWorkspaces } from "../imports/workspaces.ts";
import { npm, orThrow } from "../pack/pack.ts";
import { type Registry, startRegistry } from "../pack/registry.ts";
import { runCommand, runExamples } from "../pack/use.ts";

let folder: string;
let registry: Registry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-publish-"));
  registry = await startRegistry(join(folder, "registry"));
});
afterAll(async () => {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("what is committed is released to a registry, and a project that installs it from there logs its first run", async () => {
  const clone = join(folder, "clone");
  const git = (...words: readonly string[]) => {
    const who = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@127.0.0.1"];
    return execFileSync("git", [...who, ...words], { cwd: clone, encoding: "utf8" });
  };
  execFileSync("git", ["clone", "--quiet", repository, clone]);
  git("config", "user.name", "rehearsal"); // changesets sets tags
  git("config", "user.email", "rehearsal@127.0.0.1");
  const npmHere = async (directory: string, ...words: readonly string[]) =>
    orThrow(await npm(words, directory, registry.environment));

  await npmHere(clone, "run", "versions");
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", "versions");
  await npmHere(clone, "run", "release");
  const published = readWorkspaces(clone).flatMap(({ manifest }) =>
    manifest.private === true ? [] : [`${manifest.name}@${manifest.version}`],
  );
  expect(git("tag").trim().split("\n").sort()).toEqual(published.sort());
  expect(git("status", "--porcelain")).toBe("");

  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  await npmHere(project, "install", "--no-audit", "--no-fund", "runferry");
  const [first] = documentExamples(readFileSync(join(clone, "README.md"), "utf8"));
  expect(await runExamples(process.execPath, project, [first!], "ts")).toEqual([first?.printed]);
  expect(existsSync(join(project, "runferry/store.json"))).toBe(true);
  expect(`runferry@${await runCommand(process.execPath, project)}`).toBe(published.at(-1));
});
