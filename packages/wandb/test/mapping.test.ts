import { describeMismatch, fold, forward, memoryDeliveries, missingFrom, plan } from "@runferry/core";
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
