import { expect, test } from "vitest";
import { createBefore, createEventKeeper, type KeepRules, type Recorded } from "../src/index.ts";

const rules: KeepRules = {
  param: ({ name, value }) => ({ kept: { name: `p.${name}`, value }, converted: "params renamed" }),
  tag: ({ name, value }) =>
    name === "secret" ? { leftOut: "secret tags" } : { kept: { name: `t.${name}`, value }, converted: "tags renamed" },
  metricName: (name) =>
    name === "no" ? { leftOut: "metrics called no" } : { kept: `m.${name}`, converted: "renamed" },
  point: (point) =>
    point.value < 0 ? { leftOut: "negative values" } : { kept: { ...point, at: point.value > 10 ? 9 : point.at } },
  alert: () => ({ leftOut: "alerts" }),
};

function keep(events: readonly Recorded[], already: readonly Recorded[] = []) {
  const fold = createBefore("main");
  for (const event of already) fold.add(event);
  const keeper = createEventKeeper(rules, fold.before);
  return { kept: events.flatMap((event) => keeper.keep(event)), differences: keeper.differences };
}

const metrics: Recorded = { seq: 1, at: 5, kind: "metrics.logged", step: 3, values: { a: 1, no: 2, b: -1, c: 11 } };

test("a metrics event keeps its points by name, in events of one time each", () => {
  const { kept, differences } = keep([metrics]);
  expect(kept).toEqual([
    { seq: 1, at: 5, kind: "metrics.logged", step: 3, values: { "m.a": 1 } },
    { seq: 1, at: 9, kind: "metrics.logged", step: 3, values: { "m.c": 11 } },
  ]);
  expect(differences).toEqual([
    { grade: "converted", kind: "renamed", count: 3, example: "a" },
    { grade: "left out", kind: "metrics called no", count: 1, example: "no" },
    { grade: "left out", kind: "negative values", count: 1, example: "b" },
  ]);
});

test("a name is counted once per stream, however many batches use it", () => {
  const again: Recorded = { ...metrics, seq: 2, values: { a: 4 } };
  expect(keep([metrics, again]).differences).toEqual(keep([metrics]).differences);
  expect(keep([again], [metrics])).toMatchObject({ differences: [], kept: [{ values: { "m.a": 4 } }] });
  const definition: Recorded = { seq: 3, at: 6, kind: "metric.defined", name: "a", goal: "min" };
  expect(keep([definition], [metrics])).toMatchObject({ differences: [], kept: [{ name: "m.a", goal: "min" }] });
  expect(keep([{ ...definition, name: "no" }]).kept).toEqual([]);
});

test("a tag is deleted under the name it was kept under, without a difference", () => {
  const values = { gone: null, secret: null };
  expect(keep([{ seq: 1, at: 1, kind: "tags.set", values }])).toEqual({
    kept: [{ seq: 1, at: 1, kind: "tags.set", values: { "t.gone": null } }],
    differences: [],
  });
});

test("names stay names, whatever they are called; what has no rule stays as it is", () => {
  const values = JSON.parse('{"__proto__": 1}') as { [name: string]: number };
  const { kept } = keep([{ seq: 1, at: 1, kind: "params.set", values }]);
  expect(Object.keys((kept[0] as { values: object }).values)).toEqual(["p.__proto__"]);
  const resumed: Recorded = { seq: 2, at: 2, kind: "run.resumed", fromStep: 1 };
  expect(keep([resumed]).kept).toEqual([resumed]);
  expect(keep([{ seq: 3, at: 3, kind: "alert.raised", title: "t", level: "info" }])).toEqual({
    kept: [],
    differences: [{ grade: "left out", kind: "alerts", count: 1, example: "t" }],
  });
});

test("events are not changed", () => {
  const frozen = Object.freeze({ ...metrics, values: Object.freeze({ ...metrics.values }) });
  expect(() => keep([frozen])).not.toThrow();
});
