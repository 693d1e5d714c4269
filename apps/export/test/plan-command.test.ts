import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Plan } from "../src/index.ts";
import { runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-plan-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const name of ["lab", "neural"]) cpSync(join(fixtures, name), join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

test("says what is there, what each place makes of it, and writes nothing", async () => {
  const { code, stdout, stderr } = await runferry(
    ...["plan", "lab", "neural", "--to", "tensorboard:tb", "--to", "local:copy", "--timezone", "UTC"],
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^lab\s+lab\s+3\s+33\s+9\s+1.61 kB$/m);
  expect(stdout).toMatch(/^neural\s+neural\s+2\s+18\s+6/m);
  expect(stdout).toContain("lab: times have no zone, read as UTC (--timezone)");
  expect(stdout).toMatch(/^tensorboard:tb\s+5\s+–\s+–\s+[\d.]+ kB\s+about \d+ s\s+\d+\s+\d+\s+–$/m);
  expect(stdout).toMatch(/^local:copy\s+5\s+–\s+–\s+[\d.]+ kB\s+about \d+ s\s+–\s+–\s+–$/m);
  expect(stderr).toContain("nothing was written");
  expect(stderr).toContain("go: runferry migrate lab neural --to tensorboard:tb --to local:copy");
  for (const name of ["tb", "copy", "runferry"]) expect(existsSync(join(folder, name))).toBe(false);
});

test("what it says of a place is what an export then tells", async () => {
  const planned = await runferry("plan", "lab", "--to", "tensorboard:there", "--timezone", "UTC", "--json");
  await runferry("import", "lab", "--timezone", "UTC");
  const exported = await runferry("export", "--to", "tensorboard:there", "--json");
  const { destinations } = JSON.parse(planned.stdout) as { destinations: { differences: unknown[] }[] };
  const report = JSON.parse(exported.stdout) as { differences: { [place: string]: unknown[] } };
  const byKind = (list: unknown) =>
    (list as { kind: string; count: number; grade: string }[])
      .map((one) => `${one.grade} ${one.kind} ${one.count}`)
      .sort();
  expect(byKind(destinations[0]!.differences)).toEqual(byKind(report.differences["tensorboard:there"]));
  const again = await runferry("plan", "lab", "--to", "tensorboard:there", "--timezone", "UTC");
  expect(again.stdout).toMatch(/^tensorboard:there\s+–\s+3/m);
});

test("damage is named before anything is moved", async () => {
  cpSync(join(fixtures, "lab"), join(folder, "damaged"), { recursive: true });
  writeFileSync(join(folder, "damaged/runs/run_002/params.json"), '{"lr": 0.1, "broken');
  const { code, stdout } = await runferry("plan", "damaged", "--to", "local:elsewhere", "--dir", "none", "--json");
  expect(code).toBe(1);
  const { sources, destinations, localBytes } = JSON.parse(stdout) as Plan;
  expect(sources[0]!.lost).toMatchObject([{ grade: "lost", example: expect.stringContaining("params.json, line 1") }]);
  expect(destinations[0]!.differences).toMatchObject([{ grade: "lost", count: 1 }]);
  expect(localBytes).toBeGreaterThan(1000);
});

test("runs that say the same are pointed out", async () => {
  cpSync(join(folder, "lab"), join(folder, "copy-of-lab"), { recursive: true });
  const { stdout } = await runferry("plan", "lab", "copy-of-lab", "--to", "local:elsewhere");
  expect(stdout).toContain("copy-of-lab: 3 runs like another, e.g. ctr_model/run_001 is like lab ctr_model/run_001");
});
