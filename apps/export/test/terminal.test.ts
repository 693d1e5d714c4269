import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { describe, expect, test } from "vitest";
import { sparkline } from "../src/output/sparkline.ts";
import { table } from "../src/output/table.ts";
import { fitted, textWidth } from "../src/output/text-width.ts";
import { runferry, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not get through
const control = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/u;

/** What `runferry show` prints of each run. One process for all: to start it takes longer than to show a run. */
function shownOneByOne(ids: readonly string[], folder: string, env: NodeJS.ProcessEnv): readonly string[] {
  const program = `
    import { main } from ${JSON.stringify(join(import.meta.dirname, "../dist/main.js"))};
    for (const id of ${JSON.stringify(ids)}) {
      await main(["show", id, "--dir", ${JSON.stringify(folder)}]);
      if (process.exitCode) throw new Error(id + " is not shown");
      process.stdout.write("\\f");
    }`;
  const words = ["--input-type=module", "--no-warnings", "--eval", program];
  return execFileSync(process.execPath, words, { encoding: "utf8", env: { ...process.env, ...env }, stdio: "pipe" })
    .split("\f")
    .slice(0, -1);
}

describe("hostile runs", async () => {
  const folder = temporary();
  const backend = localBackend(folder);
  const runs = await hostileRuns(7, { largestFile: 1024 });
  for (const { journal } of runs) await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
  await backend.close();

  test.each([60, 200])("fit a terminal of %i columns, and cannot move its cursor", (columns) => {
    const env = { COLUMNS: String(columns) };
    const listed = runferry(["ls", "--limit", "1000", "--dir", folder], env);
    expect(listed).toMatchObject({ code: 0, err: "" });
    expect(listed.out.split("\n").length).toBe(runs.length + 2);
    const shown = shownOneByOne(
      runs.map(({ journal }) => journal.run),
      folder,
      env,
    );
    expect(shown).toHaveLength(runs.length);
    for (const line of shown.flatMap((text) => text.split("\n"))) {
      expect(line).not.toMatch(control);
      if (!/^ {2}|events? lost: /.test(line)) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    }
    for (const line of listed.out.split("\n")) {
      expect(line).not.toMatch(control);
      expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    }
  });

  test("are JSON", () => {
    const listed = JSON.parse(runferry(["ls", "--json", "--dir", folder]).out) as { id: string }[];
    expect(listed.map((run) => run.id).sort()).toEqual(runs.map(({ journal }) => journal.run).sort());
    // One of the runs says of itself that it was damaged.
    const health = JSON.parse(runferry(["doctor", "--json", "--dir", folder]).out);
    expect(health).toMatchObject({ runs: runs.length, unreadable: [], orphans: [] });
  });
});

test("ten thousand runs are listed", () => {
  const folder = temporary();
  const store = openStore(folder);
  for (let i = 0; i < 10_000; i++) {
    const { writer } = store.createRun({ experiment: "many", name: `run ${i}`, createdAt: 1_700_000_000_000 + i });
    writer.append({ kind: "metrics.logged", step: 1, values: { loss: i } });
    writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
    writer.closeNow();
  }
  const { out, err } = runferry(["ls", "--filter", "metrics.loss < 9000", "--dir", folder]);
  expect(out.split("\n")[1]).toMatch(/^many\/run 8999 /);
  expect(err).toBe("8 950 more runs: --limit\n");
}, 300_000);

test("widths are those of a terminal", () => {
  expect(["abc", "日本", "🚀", "e\u0301", "👩‍💻", "ﾊ"].map(textWidth)).toEqual([3, 4, 2, 1, 2, 1]);
  expect(fitted("日本語", 5)).toBe("日本…");
  expect(fitted("日本語", 6)).toBe("日本語");
});

test("a table leaves out optional columns, then cuts the widest", () => {
  const columns = [
    { title: "run", cells: ["a".repeat(30)] },
    { title: "n", align: "right" as const, cells: ["1"] },
    { title: "more", optional: true, cells: ["b".repeat(30)] },
  ];
  expect(table(columns, 200)[1]).toBe(`${"a".repeat(30)}  1  ${"b".repeat(30)}`);
  expect(table(columns, 30)).toEqual([`run${" ".repeat(23)}n  …`, `${"a".repeat(23)}…  1`]);
});

test("what tells the rows apart stays whole while anything else can go, and keeps its end where it is cut", () => {
  const names = ["rings_wide/run_001", "rings_wide/run_002"];
  const run = { title: "run", keepsEnds: true, cells: names };
  const metrics = ["train_accuracy", "val_accuracy", "test_accuracy"].map((title) => ({
    title,
    optional: true,
    align: "right" as const,
    cells: ["0.123456", "0.234567"],
  }));
  expect(table([run, ...metrics], 62)).toEqual([
    "run                 train_accuracy  val_accuracy  …",
    "rings_wide/run_001        0.123456      0.123456",
    "rings_wide/run_002        0.234567      0.234567",
  ]);
  expect(table([run, { title: "n", cells: ["1", "2"] }], 15).slice(1)).toEqual(["rin…/run_001  1", "rin…/run_002  2"]);
});

test("sparklines show courses, and survive every number", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([1, Number.NaN, 1], 8)).toBe("▅ ▅");
  expect(sparkline([-Number.MAX_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY], 8)).toBe("▁█ ");
  expect(sparkline([], 8)).toBe("");
});
