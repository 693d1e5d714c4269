import { createBefore, mainStream, type Recorded, type RunEvent } from "@runferry/core";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyStream } from "./arbitrary-events.ts";
import { stamped } from "./views.ts";

/** The fold after every event, told by an object that has seen only what a restart would replay. */
function beforeOf(events: readonly Recorded[]) {
  const fold = createBefore(mainStream);
  for (const event of events) fold.add(event);
  return fold.before;
}

const steps = (...all: (number | undefined)[]): RunEvent[] =>
  all.map((step) => ({ kind: "metrics.logged", ...(step === undefined ? {} : { step }), values: { loss: 1 } }));

describe("before", () => {
  test("is the same for a run that goes on and one that was taken up anew", () => {
    fc.assert(
      fc.property(anyStream(), fc.nat(12), (events, cut) => {
        const going = createBefore(mainStream);
        for (const event of events.slice(0, cut)) going.add(event);
        expect(going.before).toEqual(beforeOf(events.slice(0, cut)));
        for (const event of events.slice(cut)) going.add(event);
        expect(going.before).toEqual(beforeOf(events));
      }),
      rounds(200),
    );
  });

  test("tells count, highest and last step, and points without one", () => {
    const progress = beforeOf(stamped(steps(3, 7, undefined, 5))).metrics.get("loss");
    expect(progress).toMatchObject({ count: 4, withoutStep: 1, highestStep: 7, lastStep: 5, falls: 1 });
  });

  test("tells the last value, the least and the greatest, which is never NaN", () => {
    const values = [Number.NaN, 2, -1, Number.POSITIVE_INFINITY, Number.NaN];
    const events = values.map((loss): RunEvent => ({ kind: "metrics.logged", values: { loss } }));
    const whole = { lastValue: Number.NaN, least: -1, greatest: Number.POSITIVE_INFINITY };
    expect(beforeOf(stamped(events)).metrics.get("loss")).toMatchObject(whole);
    const none = { lastValue: Number.NaN, least: Number.NaN, greatest: Number.NaN };
    expect(beforeOf(stamped(events.slice(0, 1))).metrics.get("loss")).toMatchObject(none);
  });

  test("holds the last media of each name", () => {
    const text = (name: string, text: string): RunEvent => ({
      kind: "media.logged",
      name,
      media: { type: "text", text },
    });
    const { lastMedia } = beforeOf(stamped([text("a", "1"), text("b", "2"), text("a", "3")]));
    expect([...lastMedia].map(([name, { count, last }]) => [name, count, last.seq])).toEqual([
      ["a", 2, 3],
      ["b", 1, 2],
    ]);
  });

  test.each([
    ["rising", [1, 2, 3, 3], 0],
    ["one late point", [1, 5, 3, 6], 1],
    ["one late stretch", [1, 5, 2, 3, 4, 6], 1],
    ["two late stretches", [1, 5, 2, 3, 2, 6, 1], 3],
  ])("counts late stretches: %s", (_, all, falls) => {
    expect(beforeOf(stamped(steps(...all))).metrics.get("loss")!.falls).toBe(falls);
  });

  test("forgets steps that a resume took back", () => {
    const events = stamped([...steps(1, 2, 9), { kind: "run.resumed", fromStep: 3 }]);
    expect(beforeOf(events).metrics.get("loss")).toMatchObject({ highestStep: 2, lastStep: undefined, count: 3 });
  });

  test("holds nothing that grows with the length of a run", () => {
    const many = stamped([
      ...Array.from({ length: 50 }, (): RunEvent => ({ kind: "console.logged", from: "stdout", text: "x" })),
      ...Array.from({ length: 50 }, (): RunEvent => ({ kind: "alert.raised", title: "x", level: "info" })),
      ...steps(...Array.from({ length: 50 }, (_, i) => i)),
    ]);
    const before = beforeOf(many) as unknown as { readonly [field: string]: unknown };
    for (const field of ["console", "alerts", "media", "unknown"]) expect(before[field]).toEqual([]);
    expect(beforeOf(many).counts.get("metrics.logged")).toBe(50);
  });

  test("knows the start of the run in every stream", () => {
    const started = { kind: "run.started", format: 1, id: "r", name: "n", experiment: "e", createdAt: 1 } as const;
    expect(createBefore("rank-1", started).before.started).toEqual(started);
    expect(beforeOf(stamped([started])).started).toEqual(started);
  });
});
