import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { bytesOf, fold, type Journal, missingFrom, type Source, type Stream } from "@runferry/core";
import { layouts } from "@runferry/layouts";
import { openStore } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { expect, test } from "vitest";
import { importRuns } from "../src/import-runs.ts";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
/** Stores that MLflow and trainers wrote lie beside the others. */
const folderOf: { readonly [layout: string]: string } = {
  mlruns: "../mlflow/mlruns",
  "mlflow-db": "../mlflow/database",
  trainers: "../trainers",
};
const utc = { timezone: "UTC" };

async function journals(source: Source): Promise<readonly Journal[]> {
  const all: Journal[] = [];
  for await (const journal of source.runs()) all.push(journal);
  return all;
}

test.each(layouts.map(({ name }) => name))(
  "runs of the layout %s are in the store as they are in the source",
  async (name) => {
    const layout = layouts.find((one) => one.name === name)!;
    const folder = temporary();
    cpSync(join(fixtures, folderOf[name] ?? name), folder, { recursive: true });
    const packed = join(folder, "mlflow.db.gz");
    if (existsSync(packed)) writeFileSync(packed.slice(0, -3), gunzipSync(readFileSync(packed)));
    const source = layout.source(folder, utc);
    const store = openStore(temporary());
    const first = await importRuns({ source, store });
    expect(first.map(({ state }) => state)).toEqual(first.map(() => "new"));
    for (const journal of await journals(source)) {
      const stored = store.run(journal.run);
      const view = await fold(journal);
      expect(view.started).toMatchObject(journal.head!); // which is known before the run is read
      expect([...missingFrom(await fold(stored.journal), view)]).toEqual([]);
      for (const { file } of view.artifacts.values()) {
        expect(stored.pathOf(file)).toContain(folder); // it was not doubled
        expect(await bytesOf(stored.journal.open(file))).toEqual(await bytesOf(journal.open(file)));
      }
    }
    const again = await importRuns({ source, store });
    expect(again.map(({ state, events }) => [state, events])).toEqual(first.map(() => ["same", 0]));
  },
);

test("a run that has grown, also in the middle, is completed; done again nothing is added", async () => {
  const lab = layouts.find(({ name }) => name === "lab")!;
  const folder = temporary();
  cpSync(join(fixtures, "lab"), folder, { recursive: true });
  const store = openStore(temporary());
  const source = lab.source(folder, utc);
  await importRuns({ source, store });
  const path = join(folder, "runs/run_003/metrics.json");
  const metrics = JSON.parse(readFileSync(path, "utf8"));
  metrics.val_auc.splice(2, 0, { step: 2, value: 0.25, timestamp: "2024-11-15T13:32:30" });
  metrics.val_auc.push({ step: 9, value: 0.75, timestamp: "2024-11-15T14:30:00" });
  writeFileSync(path, JSON.stringify(metrics));
  writeFileSync(join(folder, "runs/run_003/artifacts/late.txt"), "late");
  const index = JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8"));
  Object.assign(index[2], { status: "killed", finished_at: "2024-11-15T15:00:00" });
  writeFileSync(join(folder, "metadata.json"), JSON.stringify(index));

  const grown = await importRuns({ source, store });
  expect(grown.map(({ state }) => state)).toEqual(["same", "same", "grown"]);
  const { run } = grown[2]!;
  const view = await fold(store.run(run).journal);
  expect(view.metrics.get("val_auc")!.series.length).toBe(7);
  const times = [...view.metrics.get("val_auc")!.series.points()].map(({ at }) => new Date(at).toISOString());
  expect(times).toContain("2024-11-15T13:32:30.000Z"); // earlier than what was imported before
  expect(view.artifacts.has("late.txt")).toBe(true);
  expect(view.status).toBe("killed");
  expect((await importRuns({ source, store })).map(({ events }) => events)).toEqual([0, 0, 0]);
});

test("an import that was cut off goes on where it stopped", async () => {
  const [hostile] = await hostileRuns(5, { names: 40, largestFile: 1024 });
  const { journal } = hostile!;
  const part: Journal = {
    ...journal,
    async *streams() {
      for await (const stream of journal.streams()) {
        yield {
          name: stream.name,
          async *read() {
            for await (const events of stream.read()) {
              yield events.slice(0, Math.ceil(events.length / 2));
              return;
            }
          },
        };
      }
    },
  };
  const of = (one: Journal): Source => ({
    async *runs() {
      yield one;
    },
  });
  const store = openStore(temporary());
  await importRuns({ source: of(part), store });
  const [rest] = await importRuns({ source: of(journal), store });
  expect(rest).toMatchObject({ state: "grown" });
  const stored = await fold(store.run(journal.run).journal);
  expect([...missingFrom(stored, await fold(journal))]).toEqual([]);
  expect(stored.replaced.length).toBe((await fold(journal)).replaced.length);
});

test("a run that cannot be taken in is told, and the others are there", async () => {
  const lab = layouts.find(({ name }) => name === "lab")!;
  const source = lab.source(join(fixtures, "lab"), utc);
  async function* failing(): AsyncGenerator<Stream> {
    yield await Promise.reject(new Error("the disk is gone"));
  }
  const broken: Source = {
    async *runs() {
      for await (const journal of source.runs()) {
        const isFirst = journal === undefined || (await fold(journal)).started?.name === "run_001";
        yield isFirst ? { ...journal, streams: failing } : journal;
      }
    },
  };
  const reports = await importRuns({ source: broken, store: openStore(temporary()) });
  expect(reports.map(({ state }) => state)).toEqual(["failed", "new", "new"]);
  expect(reports[0]!.cause).toBe("the disk is gone");
});
