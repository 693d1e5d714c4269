import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "@runferry/testkit";
import { expect, test } from "vitest";

test("a folder in which another process makes folders anew for a while is removed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "runferry-remove-"));
  const program = `
    const { mkdirSync, writeFileSync } = require("node:fs");
    const end = Date.now() + 800;
    let names = 0;
    console.log("begins");
    while (Date.now() < end) {
      const dir = ${JSON.stringify(folder)} + "/" + names++ % 50;
      try { mkdirSync(dir); writeFileSync(dir + "/file", ""); } catch {}
    }`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  await removeFolder(folder);
  await ended;
  expect(existsSync(folder)).toBe(false);
});
