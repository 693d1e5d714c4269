import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { documentExamples } from "../document-examples.ts";
import { installNode } from "../pack/install-node.ts";
import { type Packed, packAll } from "../pack/pack.ts";
import { packFaults } from "../pack/pack-faults.ts";
import { installProject } from "../pack/project.ts";
import { checkTypes, entriesOf, type Language, requireEntries, runCommand, runExamples } from "../pack/use.ts";

/** The oldest Node that the packages allow, and the newest of each line. */
const nodes = ["22.20.0", "22", "24", "26"];
const languages: readonly Language[] = ["ts", "js"];
const compilers = ["5.9", "7"];

let folder: string;
let packages: readonly Packed[];
let project: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-packages-"));
  packages = await packAll(join(folder, "packed"));
  project = join(folder, "project");
  // What the examples use besides is what the packages are developed with.
  const others = packages.flatMap(({ manifest }) => Object.entries(manifest.devDependencies ?? {}));
  const more = others.map(([name, version]) => `${name}@${version}`);
  await installProject(project, packages, more);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what would be published is sound, and npm installs it", async () => {
  expect(await packFaults(packages)).toEqual([]);
  for (const { manifest } of packages) expect(existsSync(join(project, "node_modules", manifest.name))).toBe(true);
  expect(existsSync(join(project, "node_modules/.bin/runferry"))).toBe(true);
});

describe.each(nodes)("Node %s", (version) => {
  let node: string;
  beforeAll(async () => {
    node = await installNode(version, join(folder, `node-${version}`));
  });

  test("is the one that was asked for", () => {
    const told = execFileSync(node, ["--version"], { encoding: "utf8" });
    console.log(`Node ${version} is ${told.trim()}`);
    expect(`${told.trim()}.`.startsWith(`v${version}.`)).toBe(true);
  });

  test.each(languages)("runs every example of every README as %s", async (language) => {
    const readmes = [join(repository, "README.md"), ...packages.map(({ unpacked }) => join(unpacked, "README.md"))];
    let count = 0;
    for (const [i, readme] of readmes.entries()) {
      const examples = documentExamples(readFileSync(readme, "utf8"));
      const home = join(project, `node-${version}-${language}`, String(i));
      const printed = await runExamples(node, home, examples, language);
      expect(printed).toEqual(examples.map((example) => example.printed));
      count += examples.length;
    }
    console.log(`Node ${version}, ${language}: ${count} examples`);
    expect(count).toBeGreaterThan(10);
  });

  test("requires every entry from CommonJS, and starts the command", async () => {
    const entries = packages.flatMap(entriesOf);
    expect(await requireEntries(node, project, entries)).toEqual(entries);
    expect(await runCommand(node, project)).toBe(packages[0]?.manifest.version);
  });
});

describe.each(compilers)("TypeScript %s", (version) => {
  test.each(["nodenext", "bundler"] as const)("finds whole types by %s", async (resolution) => {
    const home = join(folder, `typescript-${version}`);
    await installProject(home, packages, [`typescript@${version}`]);
    const compiler = join(home, "node_modules/.bin/tsc");
    const entries = packages.flatMap(entriesOf);
    expect(await checkTypes(compiler, home, entries, { resolution, whole: true })).toBe("");
    // The examples, too; TensorFlow's own types, which are there, do not agree with one another.
    expect(await checkTypes(compiler, project, entries, { resolution, whole: false })).toBe("");
  });
});
