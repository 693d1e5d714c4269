import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../bundled-node.mjs";
import { lockFaults } from "../check-lock.mjs";

const integrity = "sha512-0";

test("a lock that lacks a platform's package is incomplete", () => {
  const packages = {
    "": { devDependencies: { tool: "1.0.0" } },
    "node_modules/tool": { integrity, optionalDependencies: { "@tool/linux": "1.0.0", "@tool/mac": "1.0.0" } },
    "node_modules/@tool/linux": { integrity },
  };
  const faults = lockFaults({ packages });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain("tool names the optional package @tool/mac 1.0.0, which the lock lacks");
});

test("a nested platform package counts", () => {
  const packages = {
    "node_modules/tool": { integrity, optionalDependencies: { inner: "1.0.0" } },
    "node_modules/tool/node_modules/inner": { integrity },
  };
  expect(lockFaults({ packages })).toEqual([]);
});

test("an address of a registry and a missing hash are faults, a link to a workspace is not", () => {
  const packages = {
    "node_modules/a": { integrity, resolved: "https://registry.example/a.tgz" },
    "node_modules/b": {},
    "node_modules/c": { resolved: "packages/c", link: true },
    "packages/c": { name: "c" },
  };
  const faults = lockFaults({ packages });
  expect(faults).toHaveLength(2);
  expect(faults[0]).toContain('node_modules/a has a "resolved" address');
  expect(faults[1]).toContain("node_modules/b has no integrity hash");
});

test("this repository's lock has no faults", () => {
  expect(lockFaults(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")))).toEqual([]);
});
