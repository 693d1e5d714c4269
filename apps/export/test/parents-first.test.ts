import type { LoggedRun } from "@runferry/tracker";
import { expect, it } from "vitest";
import { eachAfterItsParent, parentsFirst } from "../src/parents-first.ts";

const runsOf = (parents: { readonly [id: string]: string | undefined }) =>
  Object.entries(parents).map(([id, parent]) => ({ id, parent }) as LoggedRun);

const turn = () => new Promise((done) => setImmediate(done));

it("a run begins when its parent is done, also where the parent stands later or in a circle", async () => {
  const runs = parentsFirst(runsOf({ c: "b", b: "a", a: undefined, x: "y", y: "x", alone: "elsewhere", own: "own" }));
  const ended: string[] = [];
  await eachAfterItsParent(runs, 4, async ({ id, parent }) => {
    if (id === "c" || id === "b") expect(ended).toContain(parent);
    for (let i = 0; i < 10; i++) await turn();
    ended.push(id);
  });
  expect(ended.toSorted()).toEqual(["a", "alone", "b", "c", "own", "x", "y"]);
});

it("no more are under way than may be, and after a failure none is begun", async () => {
  const runs = runsOf(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`r${i}`, undefined])));
  let underWay = 0;
  let most = 0;
  const begun: string[] = [];
  const working = eachAfterItsParent(runs, 3, async ({ id }) => {
    begun.push(id);
    most = Math.max(most, ++underWay);
    await turn();
    underWay--;
    if (id === "r7") throw new Error("broken");
  });
  await expect(working).rejects.toThrow("broken");
  expect([most, underWay]).toEqual([3, 0]);
  expect(begun.length).toBeLessThan(12);
});
