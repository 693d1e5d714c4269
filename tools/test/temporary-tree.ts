import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Writes files into a new folder, which is removed when the test ends. Objects are written as JSON. */
export function temporaryTree(files: Readonly<Record<string, string | object>>, parent: string = tmpdir()): string {
  mkdirSync(parent, { recursive: true });
  const tree = mkdtempSync(join(parent, "runferry-"));
  onTestFinished(() => rmSync(tree, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }
  return tree;
}
