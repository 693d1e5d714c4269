import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mappingTable } from "./mapping-table.ts";

const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

test("the mapping table of the README is what keeps says", async () => {
  expect(readme).toContain(`\n${await mappingTable()}\n`);
});
