import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../src/main.ts";
import { parseLine } from "../src/parse-line.ts";

const repository = join(import.meta.dirname, "../../..");
const documents = globSync(["*.md", "docs/**/*.md", "packages/*/README.md", "apps/*/README.md"], { cwd: repository });

/** The words of a line as a shell makes them, without what stands behind a `#`, and what goes on elsewhere. */
function wordsOf(line: string): readonly string[] {
  const own = line.replace(/ [|>] .*$/, "");
  const words = own.match(/"[^"]*"|'[^']*'|#\s.*$|[^\s'"]+/g) ?? [];
  return words.filter((word) => !/^#\s/.test(word)).map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
}

const shown = documents.flatMap((path) => {
  const text = readFileSync(join(repository, path), "utf8");
  const lines = [...text.matchAll(/^\s*\$ (?:\w+=\S+ )*(?:npx )?runferry (.*)$/gm)].map(([, words]) => words!);
  return lines.map((line) => [path, line] as const);
});
const helped = commands.flatMap(({ name, examples }) =>
  examples.map(([line]) => [`help ${name}`, line.replace(/^runferry /, "")] as const),
);

test.each([...shown, ...helped])("%s: runferry %s is a line that can be typed", (_where, line) => {
  const { command } = parseLine(wordsOf(line), commands);
  expect(command ?? line.startsWith("help")).toBeTruthy();
});

test("there are lines in the documents, and each command has examples", () => {
  expect(shown.length).toBeGreaterThan(30);
  for (const { name, examples } of commands) expect(examples.length, name).toBeGreaterThan(0);
});
