import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("runs where there is nothing of Node: a page, a worker", () => {
  const flags = ["--experimental-vm-modules", "--no-warnings"];
  const printed = execFileSync(process.execPath, [...flags, join(import.meta.dirname, "bare-host.ts")]);
  expect(JSON.parse(printed.toString())).toEqual(["delivered", true]);
});
