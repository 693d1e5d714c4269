import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-migrate-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const name of ["lab", "neural"]) cpSync(join(fixtures, name), join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);
const line = ["migrate", "lab", "neural", "--to", "tensorboard:tb", "--to", "local:copy", "--timezone", "UTC"];

test("takes runs in, delivers and compares them, and leaves a report; again, nothing is sent", async () => {
  const first = await runferry(...line);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^tensorboard:tb\s+5\s+–\s+–\s+5\s+–$/m);
  expect(first.stdout).toMatch(/^local:copy\s+5\s+–\s+5\s+–\s+–$/m);
  const reports = readdirSync(join(folder, "runferry/reports"));
  const markdown = readFileSync(
    join(folder, "runferry/reports", reports.find((name) => name.endsWith(".md"))!),
    "utf8",
  );
  expect(markdown).toContain("| lab | lab | 3 | 0 | 0 | 0 |");
  expect(markdown).toContain("lab: times have no zone, read as UTC");
  const ids = readFileSync(join(folder, "runferry/reports", reports.find((name) => name.endsWith(".csv"))!), "utf8");
  expect(ids.trim().split("\n").length).toBe(11);
  const written = digest();
  const again = await runferry(...line, "--json");
  expect(again.code).toBe(0);
  const { sources, delivered } = JSON.parse(again.stdout) as {
    sources: { runs: { state: string }[] }[];
    delivered: { runs: { state: string }[] };
  };
  expect(sources.flatMap(({ runs }) => runs).every(({ state }) => state === "same")).toBe(true);
  expect(delivered.runs.every(({ state }) => state === "delivered")).toBe(true);
  expect(digest()).toBe(written);
});

/** Every byte below the folders that were written to. */
function digest(): string {
  const files = ["tb", "copy"].flatMap((name) =>
    readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  );
  return files
    .map(({ parentPath, name }) => `${parentPath}/${name}:${readFileSync(join(parentPath, name), "base64")}`)
    .sort()
    .join("\n");
}

test("what a source lost is told, and is exit code 1", async () => {
  cpSync(join(fixtures, "lab"), join(folder, "damaged"), { recursive: true });
  writeFileSync(join(folder, "damaged/runs/run_002/params.json"), '{"lr": 0.1, "broken');
  const { code, stdout } = await runferry("migrate", "damaged", "--to", "local:second", "--dir", "store2");
  expect(code).toBe(1);
  expect(stdout).toContain(
    "ctr_model/run_002  1 × the file breaks off: it stops in the middle: runs/run_002/params.json, line 1",
  );
});

test("a source is only read: no place in it is written to, nor one that is a file", async () => {
  for (const [words, said] of [
    [["plan", "lab", "--to", "tensorboard:lab"], "tensorboard:lab lies in lab, which is only read"],
    [["migrate", "lab", "--to", "local:lab/copy"], "local:lab/copy lies in lab, which is only read"],
    [["sync", "--from", "lab", "--to", "local:lab/copy"], "lab/copy lies in lab, which is only read"],
    [["migrate", "lab", "--to", "csv:package.json"], "csv:package.json is no folder"],
    [["export", "--to", "tensorboard:/dev/null"], "tensorboard:/dev/null is no folder"],
    [["verify", "--to", "csv:/dev/null/tables"], "a file of that name on the way, /dev/null"],
    [["migrate", "lab", "--to", "csv:tables", "--to", "parquet:./tables/"], "csv and parquet cannot both be in"],
  ] as const) {
    const { code, stderr } = await runferry(...words);
    expect([code, stderr], words.join(" ")).toEqual([2, expect.stringContaining(said)]);
  }
  expect(existsSync(join(folder, "lab/copy"))).toBe(false);
  const inside = await runferryIn(join(folder, "lab"), ["plan", ".", "--to", "local:../beside", "--dir", "../never"]);
  expect(inside.code, inside.stderr).toBe(0);
});
