import { createFold, fold, keepView, plan, type RunView, seriesFrom, unreadHash, verify } from "@runferry/core";
import { hostileRuns, plainRun } from "@runferry/testkit";
import { beforeAll, describe, expect, test } from "vitest";

const identity = (view: RunView) => view;
let view: RunView;
beforeAll(async () => {
  view = await fold((await plainRun()).journal);
});

function withPoint(change: (value: number) => number): RunView {
  const metric = view.metrics.get("loss")!;
  const points = [...metric.series.points()].map((point) =>
    point.step === 7 ? { ...point, value: change(point.value) } : point,
  );
  return { ...view, metrics: new Map(view.metrics).set("loss", { ...metric, series: seriesFrom(points) }) };
}

describe("verify", () => {
  test("finds nothing amiss in the same run, however hostile", async () => {
    for (const run of await hostileRuns(11, { names: 200, largestFile: 10 })) {
      const one = await fold(run.journal);
      expect(verify(one, identity, await fold(run.journal)), run.name).toMatchObject({
        complete: true,
        mismatches: [],
      });
      expect(verify(one, identity, createFold("empty").view()).complete, run.name).toBe(false);
    }
  });

  test("names one changed point", () => {
    const { complete, mismatches, differences } = verify(
      view,
      identity,
      withPoint((value) => value + 1),
    );
    expect(complete).toBe(false);
    expect(mismatches).toEqual([
      { kind: "point", key: expect.stringMatching(/^loss, step 7 at \d+$/), here: "0.0078125", there: "1.0078125" },
    ]);
    expect(differences).toMatchObject([{ grade: "lost", kind: "point differs", count: 1 }]);
  });

  test("tells 0 from -0 and NaN from nothing", () => {
    const zero = withPoint(() => 0);
    expect(
      verify(
        zero,
        identity,
        withPoint(() => -0),
      ).mismatches,
    ).toMatchObject([{ here: "0", there: "-0" }]);
    expect(
      verify(
        withPoint(() => Number.NaN),
        identity,
        withPoint(() => Number.NaN),
      ).complete,
    ).toBe(true);
  });

  test("names a missing point, once for each time it is missing", () => {
    const metric = view.metrics.get("loss")!;
    const twice = {
      ...view,
      metrics: new Map(view.metrics).set("loss", {
        ...metric,
        series: seriesFrom([...metric.series.points(), ...metric.series.points()]),
      }),
    };
    expect(verify(twice, identity, view).mismatches).toHaveLength(10);
    expect(verify(view, identity, twice).complete).toBe(true);
  });

  test("names one changed tag, param and artifact", () => {
    const tags = new Map(view.tags).set("team", "audio");
    expect(verify(view, identity, { ...view, tags }).mismatches).toEqual([
      { kind: "tag", key: "team", here: "vision", there: "audio" },
    ]);
    const params = new Map(view.params).set("lr", 0.25);
    expect(verify(view, identity, { ...view, params }).mismatches).toEqual([
      { kind: "param", key: "lr", here: "0.5", there: "0.25" },
    ]);
    const notes = view.artifacts.get("notes.txt")!;
    const withFile = (file: object) => ({
      ...view,
      artifacts: new Map(view.artifacts).set("notes.txt", { ...notes, file: { ...notes.file, ...file } }),
    });
    const amiss = [{ kind: "artifact", key: "notes.txt" }];
    expect(verify(view, identity, withFile({ sha256: "1".repeat(64) })).mismatches).toMatchObject(amiss);
    // Of a file that was only listed its size is compared.
    expect(verify(view, identity, withFile({ sha256: unreadHash })).mismatches).toEqual([]);
    expect(verify(view, identity, withFile({ sha256: unreadHash, bytes: 1 })).mismatches).toMatchObject(amiss);
  });

  test("does not mind what was added there", () => {
    const more: RunView = {
      ...view,
      tags: new Map(view.tags).set("theirs", "1"),
      params: new Map(view.params).set("p", 1),
    };
    expect(verify(view, identity, more).complete).toBe(true);
    expect(verify(more, identity, view).differences).toMatchObject([
      { kind: "param missing" },
      { kind: "tag missing" },
    ]);
  });
});

describe("keepView", () => {
  test("changes nothing without rules, and finds nothing to say of a plain run", () => {
    expect(plan(view, (one) => keepView(one, {}))).toEqual([]);
    expect(verify(view, identity, keepView(view, {})).complete).toBe(true);
  });

  test("counts what a destination converts and leaves out, and verify expects just that", () => {
    const keeps = (one: RunView) =>
      keepView(one, {
        tag: () => ({ leftOut: "tags" }),
        metricName: (name) => ({ kept: name.toUpperCase(), converted: "upper case" }),
        point: (point) => ({
          kept: { ...point, at: Math.floor(point.at / 1e4) },
          converted: point.step! > 5 ? "coarse time" : undefined,
        }),
      });
    expect(plan(view, keeps)).toMatchObject([
      { grade: "converted", kind: "coarse time", count: 10 },
      { grade: "converted", kind: "upper case", count: 2 },
      { grade: "left out", kind: "tags", count: 1 },
    ]);
    expect(verify(view, keeps, keeps(view)).complete).toBe(true);
    expect(verify(view, keeps, view).complete).toBe(false);
  });

  test("tells a rule that maps two names to one", () => {
    expect(() => keepView(view, { param: ({ value }) => ({ kept: { name: "same", value } }) })).toThrow(
      /both mapped to "same"/,
    );
    expect(() => keepView(view, { metricName: () => ({ kept: "same" }) })).toThrow(/two metrics/);
  });

  test("merges equal points where the place does", () => {
    const metric = view.metrics.get("loss")!;
    const doubled = { ...metric, series: seriesFrom([...metric.series.points(), ...metric.series.points()]) };
    const kept = keepView(
      { ...view, metrics: new Map([["loss", doubled]]) },
      { equalPointsMerge: "equal points once" },
    );
    expect(kept.metrics.get("loss")!.series.length).toBe(10);
    expect(kept.differences).toMatchObject([{ kind: "equal points once", count: 10 }]);
  });
});
