import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { documentExamples } from "../document-examples.ts";
import { type Packed, packAll } from "../pack/pack.ts";
import { packFaults } from "../pack/pack-faults.ts";
import { linkProject } from "../pack/project.ts";
import { checkTypes, entriesOf, requireEntries, runCommand, runExamples } from "../pack/use.ts";
import { packageProgram } from "../run-program.ts";

// All in a folder that is not in the repository, so that nothing is found by being further up. The same with npm's own
// installation, every document and every Node: `npm run rehearse -- packages`.
let folder: string;
let packages: readonly Packed[];
let project: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-packages-"));
  packages = await packAll(join(folder, "packed"));
  project = join(folder, "project");
  linkProject(project, packages);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what would be published is sound", async () => {
  expect(await packFaults(packages)).toEqual([]);
});

test("the project has the packages themselves, and not testkit", () => {
  expect(packages.map(({ manifest }) => manifest.name)).toContain("runferry");
  for (const { manifest } of packages) expect(existsSync(join(project, "node_modules", manifest.name))).toBe(true);
  expect(existsSync(join(project, "node_modules/@runferry/testkit"))).toBe(false);
});

test.each(["ts", "js"] as const)("the examples of the README run as %s", async (language) => {
  const examples = documentExamples(readFileSync(join(repository, "README.md"), "utf8"));
  const printed = await runExamples(process.execPath, join(project, language), examples, language);
  expect(printed.length).toBeGreaterThan(1);
  expect(printed).toEqual(examples.map((example) => example.printed));
});

test("CommonJS can require every entry, and the command starts", async () => {
  const entries = packages.flatMap(entriesOf);
  const found = await requireEntries(process.execPath, project, entries);
  expect(found).toEqual(entries);
  expect(await runCommand(process.execPath, project)).toBe(packages[0]?.manifest.version);
});

describe.each(["nodenext", "bundler"] as const)("types, found by %s", (resolution) => {
  test("are whole, and fit the examples", async () => {
    const entries = packages.flatMap(entriesOf);
    expect(await checkTypes(packageProgram("tsc"), project, entries, { resolution, whole: true })).toBe("");
  });
});
