import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { packFaults } from "../pack/pack-faults.ts";
import { staleOutput } from "../stale-output.ts";
import { temporaryTree } from "./temporary-tree.ts";

type Files = Readonly<Record<string, string | object>>;

const manifest = {
  name: "@runferry/some",
  version: "0.1.0",
  description: "some",
  keywords: ["some"],
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=22.20" },
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  files: ["dist", "src"],
  dependencies: { axios: "1.21.1", yaml: "^2.9.1" },
};

const map = { version: 3, sources: ["../src/index.ts"], mappings: "" };

const sound: Files = {
  "package.json": manifest,
  "README.md": "# some\n",
  LICENSE: readFileSync(join(repository, "LICENSE"), "utf8"),
  "src/index.ts": "export const some: number = 1;\n",
  "dist/index.js": "export const some = 1;\n",
  "dist/index.d.ts": "export declare const some: number;\n",
  "dist/index.js.map": map,
};

const needs = (dependencies: object): Files => ({ "package.json": { ...manifest, dependencies } });

async function faultsOf(files: Files): Promise<readonly string[]> {
  const unpacked = temporaryTree(files);
  const written = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  const core = temporaryTree({ ...sound, "package.json": { ...manifest, name: "@runferry/core", dependencies: {} } });
  return packFaults([
    { manifest: written, unpacked, tarball: "", folder: "" },
    { manifest: JSON.parse(readFileSync(join(core, "package.json"), "utf8")), unpacked: core, tarball: "", folder: "" },
  ]);
}

test("a sound package has no fault", async () => {
  expect(await faultsOf(sound)).toEqual([]);
  expect(await faultsOf({ ...sound, ...needs({ "@runferry/core": "0.1.0" }) })).toEqual([]);
});

test.each<readonly [string, Files, string]>([
  ["a test", { "src/index.test.ts": "" }, "holds src/index.test.ts"],
  ["a folder of tests", { "test/a.ts": "" }, "holds test/a.ts"],
  ["fixtures", { "src/fixtures/a.ts": "" }, "holds src/fixtures/a.ts"],
  ["what the compiler remembers", { "dist/.tsbuildinfo": "" }, "holds dist/.tsbuildinfo"],
  ["settings of a machine", { ".env": "" }, "holds .env"],
  ["another license", { LICENSE: "mine" }, "its LICENSE is not that of the repository"],
  ["a path of this machine", { "dist/index.js": `// ${repository}\n` }, "dist/index.js names a folder of this machine"],
  [
    "a map to elsewhere",
    { "dist/index.js.map": { ...map, sources: ["../../a.ts"] } },
    "dist/index.js.map leads to ../a.ts",
  ],
  ["output without a source", { "dist/old.js": "" }, "dist/old.js has no source any more"],
  ["a source that is not compiled", { "src/new.ts": "" }, "has no dist/new.js"],
  ["no description", { "package.json": { ...manifest, description: undefined } }, 'package.json has no "description"'],
  [
    "a script",
    { "package.json": { ...manifest, scripts: { postinstall: "x" } } },
    'the script "postinstall" would run',
  ],
  ["a folder", needs({ axios: "file:../axios" }), "depends on axios file:../axios"],
  ["a workspace", needs({ "@runferry/core": "workspace:*" }), "depends on @runferry/core workspace:*"],
  ["any version", needs({ "@runferry/core": "*" }), "depends on @runferry/core *, not on 0.1.0"],
  ["an older version", needs({ "@runferry/core": "0.0.9" }), "depends on @runferry/core 0.0.9, not on 0.1.0"],
  ["what is private", needs({ "@runferry/testkit": "0.1.0" }), "depends on @runferry/testkit, which is not published"],
  [
    "types last",
    { "package.json": { ...manifest, exports: { ".": { default: "./dist/index.js", types: "./dist/index.d.ts" } } } },
    "publint: ",
  ],
  ["an entry that is not there", { "package.json": { ...manifest, exports: "./dist/none.js" } }, "publint: "],
])("%s is a fault", async (_, change, fault) => {
  const faults = await faultsOf({ ...sound, ...change });
  expect(faults.map((text) => text.startsWith(`@runferry/some: ${fault}`))).toContain(true);
});

test("a file that is missing is a fault", async () => {
  const { "README.md": _, ...rest } = sound;
  expect(await faultsOf(rest)).toEqual(["@runferry/some: has no README.md. Add one"]);
});

test("output has lost its source, or not", () => {
  const tree = temporaryTree({
    "packages/some/src/a/b.ts": "",
    "packages/some/dist/a/b.d.ts.map": "",
    "packages/some/dist/a/b.js": "",
    "apps/one/src/c.ts": "",
    "apps/one/dist/c.js": "",
    "apps/one/dist/.tsbuildinfo": "",
  });
  expect(staleOutput(tree)).toEqual([]);
  rmSync(join(tree, "packages/some/src/a/b.ts"));
  expect(staleOutput(tree)).toEqual(["packages/some/dist/a/b.d.ts.map", "packages/some/dist/a/b.js"]);
});
