import { expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { importFaults } from "../check-imports.ts";
import { temporaryTree } from "./temporary-tree.ts";

type Files = Readonly<Record<string, string | object>>;

const version = "0.0.0";

function manifest(short: string, dependencies: readonly string[] = [], more: object = {}): object {
  const declared = Object.fromEntries(dependencies.map((name) => [name, version]));
  return { name: `@runferry/${short}`, dependencies: declared, ...more };
}

/** A tree that breaks no rule: each package declares what it imports and imports what it declares. */
const sound: Files = {
  "package.json": { name: "root", devDependencies: { vitest: "1.0.0" } },
  "packages/core/package.json": manifest("core"),
  "packages/core/src/index.ts": "export const a: number = 1;\n",
  "packages/core/test/a.test.ts": 'import "vitest";\nimport "../src/index.ts";\nimport "@runferry/testkit";\n',
  "packages/testkit/package.json": manifest("testkit", ["@runferry/core"]),
  "packages/testkit/src/index.ts": 'export * from "@runferry/core";\n',
  "packages/local/package.json": manifest("local", ["@runferry/core"]),
  "packages/local/src/index.ts": 'import { readFile } from "node:fs";\nexport * from "@runferry/core";\n',
  "packages/http/package.json": manifest("http", ["@runferry/core"]),
  "packages/http/src/index.ts": 'import type { a } from "@runferry/core";\n',
  "packages/mlflow/package.json": manifest("mlflow", ["@runferry/http", "axios"]),
  "packages/mlflow/src/index.ts": 'import "@runferry/http";\nimport axios from "axios/lib/core.js";\n',
  "packages/tracker/package.json": manifest("tracker", ["@runferry/local", "@runferry/mlflow"]),
  "packages/tracker/src/index.ts":
    'import "@runferry/local";\nimport type { b } from "@runferry/mlflow";\nexport const load = async () => import("@runferry/mlflow");\n',
  "apps/export/package.json": { name: "runferry", dependencies: { "@runferry/tracker": version } },
  "apps/export/src/index.ts": 'export * from "@runferry/tracker";\n',
  "examples/a.ts": 'import "runferry";\nawait 1;\n',
};

const broken: ReadonlyArray<readonly [string, Files, string]> = [
  [
    "core imports node",
    { "packages/core/src/x.ts": '\nimport "node:fs";\n' },
    "packages/core/src/x.ts:2: core-imports-nothing",
  ],
  [
    "core imports node, old name",
    { "packages/core/src/x.ts": 'import "fs";\n' },
    "packages/core/src/x.ts:1: core-imports-nothing",
  ],
  [
    "core imports a library",
    { "packages/core/src/x.ts": 'import "axios";\n' },
    "packages/core/src/x.ts:1: core-imports-nothing",
  ],
  [
    "core imports a package",
    { "packages/core/src/x.ts": 'import type { a } from "@runferry/local";\n' },
    "packages/core/src/x.ts:1: core-imports-nothing",
  ],
  [
    "core imports a type expression",
    { "packages/core/src/x.ts": 'export type A = import("@runferry/local").A;\n' },
    "packages/core/src/x.ts:1: core-imports-nothing",
  ],
  [
    "core declares a dependency",
    { "packages/core/package.json": manifest("core", ["axios"]) },
    "packages/core/package.json: core-imports-nothing",
  ],
  [
    "a backend imports local",
    { "packages/mlflow/src/x.ts": 'export * from "@runferry/local";\n' },
    "packages/mlflow/src/x.ts:1: import-direction",
  ],
  [
    "a backend imports a backend lazily",
    { "packages/local/src/x.ts": 'export const x = () => import("@runferry/mlflow");\n' },
    "packages/local/src/x.ts:1: import-direction",
  ],
  [
    "a backend requires a backend",
    { "packages/http/src/x.ts": 'const x = require("@runferry/mlflow");\n' },
    "packages/http/src/x.ts:1: import-direction",
  ],
  [
    "a lower layer imports a higher",
    { "packages/local/src/x.ts": 'import "@runferry/tracker";\n' },
    "packages/local/src/x.ts:1: import-direction",
  ],
  [
    "tracker imports a backend eagerly",
    { "packages/tracker/src/x.ts": 'import "@runferry/mlflow";\n' },
    "packages/tracker/src/x.ts:1: load-lazily",
  ],
  [
    "a source imports testkit",
    { "packages/local/src/x.ts": 'import "@runferry/testkit";\n' },
    "packages/local/src/x.ts:1: testkit-in-development",
  ],
  [
    "an app imports testkit",
    { "apps/export/src/x.ts": 'import "@runferry/testkit";\n' },
    "apps/export/src/x.ts:1: testkit-in-development",
  ],
  [
    "a package imports an app",
    { "packages/tracker/src/x.ts": 'import "runferry";\n' },
    "packages/tracker/src/x.ts:1: no-app-imports",
  ],
  [
    "a test imports an app",
    { "packages/tracker/test/x.ts": 'import "runferry";\n' },
    "packages/tracker/test/x.ts:1: no-app-imports",
  ],
  [
    "a source reaches into another package",
    { "packages/local/src/x.ts": 'import "../../core/src/index.ts";\n' },
    "packages/local/src/x.ts:1: import-by-name",
  ],
  [
    "a test reaches into another package",
    { "packages/local/test/x.ts": 'import "../../core/src/index.ts";\n' },
    "packages/local/test/x.ts:1: import-by-name",
  ],
  [
    "a source leaves its package",
    { "packages/local/src/x.ts": 'import "../../../tools/a.ts";\n' },
    "packages/local/src/x.ts:1: import-by-name",
  ],
  [
    "a source imports a test",
    { "packages/local/src/x.ts": 'import "../test/a.ts";\n' },
    "packages/local/src/x.ts:1: sources-without-tests",
  ],
  [
    "top-level await",
    { "packages/local/src/x.ts": "const a = 1;\nexport const b = await a;\n" },
    "packages/local/src/x.ts:2: no-top-level-await",
  ],
  [
    "top-level for await",
    { "packages/local/src/x.ts": "for await (const a of []) {}\n" },
    "packages/local/src/x.ts:1: no-top-level-await",
  ],
  [
    "top-level await using",
    { "packages/local/src/x.ts": "await using a = null;\n" },
    "packages/local/src/x.ts:1: no-top-level-await",
  ],
  [
    "an undeclared library",
    { "packages/local/src/x.ts": 'import "axios";\n' },
    "packages/local/src/x.ts:1: declare-imports",
  ],
  [
    "an undeclared library in a test",
    { "packages/local/test/x.ts": 'import "axios";\n' },
    "packages/local/test/x.ts:1: declare-imports",
  ],
  ["an undeclared library in a tool", { "tools/x.ts": 'import "axios";\n' }, "tools/x.ts:1: declare-imports"],
  [
    "an undeclared package",
    { "packages/mlflow/src/x.ts": 'import "@runferry/core";\n' },
    "packages/mlflow/src/x.ts:1: declare-imports",
  ],
  [
    "a library declared for development only",
    {
      "packages/local/package.json": manifest("local", ["@runferry/core"], { devDependencies: { axios: version } }),
      "packages/local/src/x.ts": 'import "axios";\n',
    },
    "packages/local/src/x.ts:1: declare-imports",
  ],
  [
    "an unused dependency",
    { "packages/local/package.json": manifest("local", ["@runferry/core", "axios"]) },
    "packages/local/package.json: declare-imports",
  ],
  [
    "a dependency that only tests use",
    {
      "packages/local/package.json": manifest("local", ["@runferry/core", "axios"]),
      "packages/local/test/x.ts": 'import "axios";\n',
    },
    "packages/local/package.json: declare-imports",
  ],
  [
    "a package without a layer",
    { "packages/other/package.json": manifest("other") },
    "packages/other/package.json: known-layers",
  ],
];

test("a sound tree has no faults", () => {
  expect(importFaults(temporaryTree(sound))).toEqual([]);
});

test.each(broken)("one fault, with its place and rule: %s", (_, files, expected) => {
  const faults = importFaults(temporaryTree({ ...sound, ...files }));
  expect(faults).toHaveLength(1);
  expect(faults[0]?.slice(0, expected.length + 2)).toBe(`${expected}: `);
});

test("an await in a function, a comment and a string are no faults", () => {
  const text = 'export const a = async () => await 1;\n// import "node:fs"\nexport const b = \'import "node:fs"\';\n';
  expect(importFaults(temporaryTree({ ...sound, "packages/core/src/x.ts": text }))).toEqual([]);
});

test("a package need not import an optional peer, but any other", () => {
  const peers = { peerDependencies: { tf: "1" }, peerDependenciesMeta: { tf: { optional: true } } };
  const withPeers = (more: object) => ({
    ...sound,
    "packages/local/package.json": manifest("local", ["@runferry/core"], more),
  });
  expect(importFaults(temporaryTree(withPeers(peers)))).toEqual([]);
  expect(importFaults(temporaryTree(withPeers({ peerDependencies: { tf: "1" } })))).toHaveLength(1);
});

test("a file that cannot be parsed is named", () => {
  expect(() => importFaults(temporaryTree({ "packages/core/src/x.ts": "import {" }))).toThrow("packages/core/src/x.ts");
});

test("this repository has no faults", () => {
  expect(importFaults(repository)).toEqual([]);
});
