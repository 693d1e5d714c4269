import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "..", "src");

/** A file and everything of this package that it imports. */
function reached(name: string, all: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  if (all.has(name)) return all;
  const text = readFileSync(join(source, name), "utf8");
  all.set(name, text);
  for (const [, next] of text.matchAll(/from "\.\/([^"]+)"/g)) reached(next!, all);
  return all;
}

test("the codec runs without Node", () => {
  const files = reached("codec.ts");
  expect(files.size).toBeGreaterThan(8);
  for (const [name, text] of files) expect(text, name).not.toMatch(/"node:|\bBuffer\b|\bprocess\b/);
});
