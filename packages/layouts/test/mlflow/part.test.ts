import { join } from "node:path";
import { fold, missingFrom, type RunView } from "@runferry/core";
import { expect, test } from "vitest";
import { mlruns } from "../../src/index.ts";
import { fixtures } from "./stores.ts";

const store = join(fixtures, "mlruns");
const experiment = "447525511738078264";
const run = "d23f0824128b4f338c5c7fd0a6a3a450";

async function viewsOf(folder: string): Promise<ReadonlyMap<string, RunView>> {
  const views = new Map<string, RunView>();
  for await (const journal of mlruns.source(folder).runs()) views.set(journal.run, await fold(journal));
  return views;
}

test("one experiment of a file store, or one run, is what the whole store says of it", async () => {
  const whole = await viewsOf(store);
  const part = await viewsOf(join(store, experiment));
  const one = await viewsOf(join(store, experiment, run));
  expect([whole.size, part.size, one.size]).toEqual([5, 3, 1]);
  expect([...one.values()].map(({ started }) => started?.source?.id)).toEqual([run]);
  for (const [id, view] of [...part, ...one]) expect([...missingFrom(view, whole.get(id)!)]).toEqual([]);
});

test("what only lies in a store is no part of it", async () => {
  const folders = [join(store, experiment, run, "metrics"), join(store, "models")];
  expect(await Promise.all(folders.map((folder) => mlruns.detect(folder)))).toEqual([false, false]);
});
