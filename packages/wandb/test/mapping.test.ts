import { describeMismatch, fold, forward, memoryDeliveries, memoryJournal, missingFrom, plan } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { expect, test } from "vitest";
import { keeps } from "../src/keep-rules.ts";
import { paperPlace } from "./paper-place.ts";

const runs = await hostileRuns(1, { names: 1000, largestFile: 1000 });

test.for(runs.map((run) => [run.name, run] as const))("%s is read as it is kept, in any batching", async ([, run]) => {
  const expected = keeps(await fold(run.journal, { mask: true }));
  const held: string[] = [];
  for (const events of [1, 3, 7, 1000]) {
    const place = paperPlace();
    const result = await forward({
      journal: run.journal,
      backend: place.backend,
      deliveries: memoryDeliveries(),
      batch: { events },
    });
    expect(result.cause).toBeUndefined();
    expect(result.state).toBe("delivered");
    const actual = await fold(place.journal(run.journal.run));
    const missing = [...missingFrom(actual, expected)].map(describeMismatch);
    const added = [...missingFrom(expected, actual)].map(describeMismatch);
    expect({ missing: missing.slice(0, 5), added: added.slice(0, 5) }).toEqual({ missing: [], added: [] });
    held.push(JSON.stringify([...place.runs].map(([key, one]) => [key, one, [...one.files], [...one.artifacts]])));
  }
  expect(new Set(held).size).toBe(1);
});

test("every difference is told before", async () => {
  for (const { journal } of runs) {
    const view = await fold(journal, { mask: true });
    expect(plan(view, keeps).some(({ grade }) => grade === "lost")).toBe(
      view.differences.some(({ grade }) => grade === "lost"),
    );
  }
});

/** The `_step` and the `global_step` of the rows of a run that logs at these steps. */
async function stepsOf(steps: readonly number[]): Promise<readonly (readonly [number, number])[]> {
  const journal = memoryJournal("01jd5x8f2v0000000000000000");
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id: journal.run, name: "r", experiment: "e", createdAt: 0 });
  for (const step of steps) main.append({ kind: "metrics.logged", step, values: { loss: 1 } });
  const place = paperPlace();
  await forward({ journal, backend: place.backend, deliveries: memoryDeliveries() });
  const rows = place.runs.get(`${journal.run}/main`)!.rows.map((row) => JSON.parse(row));
  return rows.map((row): readonly [number, number] => [row._step, row.global_step]);
}

test("a step is the _step of its row unless it is below the last, or above it by more than 10 million", async () => {
  expect(await stepsOf([0, 10_000_000, 20_000_001, 20_000_000, 5])).toEqual([
    [0, 0],
    [10_000_000, 10_000_000],
    [10_000_001, 20_000_001],
    [20_000_000, 20_000_000],
    [20_000_001, 5],
  ]);
});
