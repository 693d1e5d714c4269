import { join } from "node:path";
import type { Source } from "@runferry/core";
import { openStore } from "@runferry/local";
import { type Destination, openDestination, parsePlace } from "@runferry/tracker";
import { expect, test } from "vitest";
import { exportRuns } from "../src/export-runs.ts";
import { importRuns } from "../src/import-runs.ts";
import { openSource } from "../src/open-source.ts";
import { planRuns } from "../src/plan-runs.ts";
import { labelOf } from "../src/run-label.ts";
import { verifyRuns } from "../src/verify-runs.ts";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
/** 36 runs of a lab. */
const experiments = join(import.meta.dirname, "../../../examples/experiments");

/** A source that answers of a run once so many are asked for at the same time; `most` is how many were. */
function gathering(source: Source, gathered: number) {
  const waiting: (() => void)[] = [];
  const seen = { under: 0, most: 0 };
  const answering: Source = {
    async *runs(options) {
      for await (const journal of source.runs(options)) {
        yield {
          ...journal,
          async *streams(reading) {
            seen.most = Math.max(seen.most, ++seen.under);
            const turn = new Promise<void>((resolve) => waiting.push(resolve));
            if (waiting.length === gathered) for (const answer of waiting.splice(0)) answer();
            await turn;
            yield* journal.streams(reading);
            seen.under--;
          },
        };
      }
    },
  };
  return { source: answering, seen };
}

function noAnswer(): never {
  throw new Error("no answer");
}

async function labStore() {
  const opened = await openSource(experiments, { timezone: "UTC" });
  const store = openStore(temporary());
  const reports = await importRuns({ ...opened, store });
  return { opened, store, reports };
}

test("runs of a server are read several at once, and reported in its order; those of a folder one by one", async () => {
  const { opened, reports } = await labStore();
  const several = gathering(opened.source, 4);
  const again = await importRuns({ source: several.source, atOnce: 4, store: openStore(temporary()) });
  expect(again).toEqual(reports);
  expect(several.seen).toEqual({ under: 0, most: 4 });
  const alone = gathering(opened.source, 1);
  await importRuns({ ...opened, source: alone.source, store: openStore(temporary()) });
  expect(alone.seen.most).toBe(1);
});

test("a plan reads runs of a server several at once, and says the same", async () => {
  const { opened } = await labStore();
  const alone = await planRuns({ sources: [opened], destinations: [] });
  const several = gathering(opened.source, 4);
  const planned = await planRuns({ sources: [{ ...opened, source: several.source, atOnce: 4 }], destinations: [] });
  expect(planned).toEqual(alone);
  expect(planned.sources[0]?.twins).toHaveLength(1);
  expect(several.seen).toEqual({ under: 0, most: 4 });
});

test("copies at a server are compared several at once, and told in the order of the runs; those in a folder one by one", async () => {
  const { store } = await labStore();
  const runs = [...store.entries()].map(({ id, started }) => labelOf(id, started));
  const place = await openDestination(parsePlace(`tensorboard:${temporary()}`));
  await exportRuns({ store, runs, destinations: [place] });
  const several = gathering(place.source, 4);
  const server: Destination = { ...place, source: several.source, check: async () => ({}) };
  const there = await verifyRuns({ store, runs, destinations: [server] });
  expect(there.map(({ run }) => run)).toEqual(runs.map(({ id }) => id));
  expect(new Set(there.map(({ equality }) => equality))).toEqual(new Set(["converted"]));
  expect(several.seen).toEqual({ under: 0, most: 4 });
  const alone = gathering(place.source, 1);
  const folder: Destination = { ...place, source: alone.source };
  expect(await verifyRuns({ store, runs, destinations: [folder] })).toEqual(there);
  expect(alone.seen.most).toBe(1);
});

test("one copy that cannot be read for a reason of ours ends all, and nothing goes on behind it", async () => {
  const { store } = await labStore();
  const runs = [...store.entries()].map(({ id, started }) => labelOf(id, started));
  const place = await openDestination(parsePlace(`tensorboard:${temporary()}`));
  await exportRuns({ store, runs, destinations: [place] });
  let asked = 0;
  const source: Source = {
    async *runs(options) {
      for await (const journal of place.source.runs(options))
        yield { ...journal, streams: ++asked === 3 ? noAnswer : journal.streams };
    },
  };
  const told: string[] = [];
  const onProgress = ({ run }: { readonly run: string }) => void told.push(run);
  const server: Destination = { ...place, source, check: async () => ({}) };
  await expect(verifyRuns({ store, runs, destinations: [server], onProgress })).rejects.toThrow("no answer");
  const before = told.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told.length).toBe(before);
  expect(asked).toBeLessThan(runs.length);
});
