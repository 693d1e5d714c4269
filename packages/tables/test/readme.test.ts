import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../../tools/bundled-node.mjs";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
import { constantColumns, tables } from "../src/tables.ts";
import { mappingTable } from "./mapping-table.ts";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

/** The blocks of a language, without the indentation of a list. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)\\n *\`\`\``, "gm"))].map(
    ([, indent = "", code = ""]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

// Inside the repository, where the packages are found by name.
const scratch = join(repository, ".scratch", `tables-${process.pid}`);
beforeAll(() => {
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(scratch, "example.ts"), blocks("ts")[0]!);
  execFileSync(process.execPath, ["example.ts"], { cwd: scratch });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("the mapping table of the README is what keeps says", async () => {
  expect(readme).toContain(`\n${await mappingTable()}\n`);
});

test("the README names every column", () => {
  for (const [table, columns] of Object.entries(tables)) {
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${table}\` |`))!;
    for (const { name } of columns.slice(3)) expect(row, table).toContain(`\`${name}\``);
  }
  for (const { name } of constantColumns) expect(readme).toContain(`\`${name}\``);
});

const program = `
import sys
for row in duckdb.sql(sys.argv[1]).fetchall():
    print(*row)
`;

test("DuckDB gives the rows that the README shows", (context) => {
  const { python } = needPeer(context, "duckdb");
  const statements = blocks("sql").flatMap((block) => [...block.matchAll(/([\s\S]+?;)\n((?:-- .*(?:\n|$))+)/g)]);
  expect(statements).toHaveLength(4);
  for (const [, statement = "", shown = ""] of statements) {
    const printed = askDuckdb(python, program, [statement], scratch);
    expect(printed, statement).toBe(shown.replaceAll(/^-- /gm, "").trimEnd().concat("\n"));
  }
});

test("pandas prints what the README shows", (context) => {
  const { python } = needPeer(context, "mlflow");
  const code = blocks("python").join("\n");
  const shown = [...code.matchAll(/^print\(.*\) {2}# (.*)$/gm)].map(([, line]) => line);
  expect(shown).toHaveLength(2);
  const printed = execFileSync(python, ["-c", code], { cwd: scratch, encoding: "utf8" });
  expect(printed.trimEnd().split("\n")).toEqual(shown);
});
