import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedText, filesOf, goldenFolder, writeGoldens } from "./golden/golden-run.ts";
import { goldens } from "./golden/journals.ts";

let again: string;
beforeAll(async () => {
  again = mkdtempSync(join(tmpdir(), "runferry-golden-"));
  await writeGoldens(again);
});
afterAll(() => rmSync(again, { recursive: true, force: true }));

function contents(folder: string): { readonly [path: string]: string } {
  const paths = (readdirSync(folder, { recursive: true, encoding: "utf8" }) as string[]).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

describe.each(goldens)("$name", (golden) => {
  const folder = join(goldenFolder, golden.name);

  test("is written again byte for byte", () => {
    const { "expected.json": _, ...written } = contents(join(again, golden.name));
    const { "expected.json": __, ...committed } = contents(folder);
    expect(written).toEqual(committed);
  });

  test("is read as it says", async () => {
    expect(await expectedText(golden, folder)).toBe(readFileSync(join(folder, "expected.json"), "utf8"));
  });
});

test("nothing else lies there, and the table names them all", () => {
  expect(Object.keys(contents(goldenFolder))).toEqual(Object.keys(contents(again)));
  expect(readFileSync(join(goldenFolder, "README.md"), "utf8")).toBe(readFileSync(join(again, "README.md"), "utf8"));
});

test("the files of a golden are where the format says, with the hash that their event says", async () => {
  const found = await Promise.all(goldens.map((golden) => filesOf(golden)));
  expect(found.flat().map(({ path, isThere }) => [path, isThere])).toEqual(
    found.flat().map(({ path }) => [path, path !== "clicks.csv"]), // was left in its place
  );
  expect(found.flat().length).toBeGreaterThan(10);
});

test("they say everything that the format can say", () => {
  const specification = readFileSync(join(import.meta.dirname, "../../../docs/journal-format.md"), "utf8");
  const rows = [...specification.matchAll(/^\| (`[a-z]+\.[a-z]+`) \| (.*) \|$/gm)];
  expect(rows).toHaveLength(16);
  const words = rows.flatMap(([, kind, fields]) =>
    [...`${kind} ${fields}`.matchAll(/`([^`]*)`/g)].flatMap(([, code]) => code!.match(/[A-Za-z][\w.]*/g) ?? []),
  );
  const said = goldens
    .map(({ name }) => contents(join(goldenFolder, name, "journal")))
    .flatMap((files) => Object.values(files))
    .join();
  expect([...new Set(words)].filter((word) => !said.includes(`"${word}"`) && !said.includes(`:${word}`))).toEqual([]);
});
