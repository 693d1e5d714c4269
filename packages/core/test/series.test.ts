import { comparePoints, contextKey, joinSeries, type Point, seriesFrom, summarise } from "@runferry/core";
import { createRandom, rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyNumber } from "./arbitrary-events.ts";

const point = (step: number | undefined, at: number, value: number): Point => ({ step, at, value, context: undefined });

const anyPoint: fc.Arbitrary<Point> = fc.record({
  step: fc.option(fc.oneof(fc.maxSafeInteger(), fc.nat(3)), { nil: undefined }),
  at: fc.oneof(
    fc.nat(3),
    fc.nat().map((micros) => micros / 1000),
  ),
  value: fc.oneof(anyNumber, fc.constantFrom(0, -0, 1)),
  context: fc.constantFrom(undefined, { a: "1" }, { a: "1", b: "2" }),
});

describe("series", () => {
  const random = createRandom(5);
  test.each([
    ["a regular stride", (i: number) => point(i * 10, 1e12 + i, i)],
    ["times between microseconds and days", (i: number) => point(i, 1.7e12 + i * 1234.567, i / 3)],
    ["times closer than a millisecond", (i: number) => point(i, (1_732_181_400_123_000 + i) / 1000, -i)],
    ["times no microseconds hold", (i: number) => point(i, 1.7e12 + i / 7, i)],
    ["negative times and steps", (i: number) => point(-i * i, i - 5000, i)],
    ["irregular steps", () => point(random.below(1e6) - 5e5, random.below(1e6), random.next())],
    ["steps above 2^31", (i: number) => point(i % 2 ? 2 ** 31 + i : -(2 ** 40), i, i)],
    ["steps at the edge", (i: number) => point(i % 2 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER, i, i)],
    ["a rising stride up to the edge", (i: number) => point(Number.MAX_SAFE_INTEGER - 10_000 + i, i, i)],
    ["steps now and then", (i: number) => point(i % 3 ? i : undefined, i, Number.NaN)],
    ["no steps", (i: number) => point(undefined, i, i % 2 ? -0 : Number.POSITIVE_INFINITY)],
    ["times that fall", (i: number) => point(i, 5e12 - i * 1e7, i)],
  ])("holds ten thousand points exactly: %s", (_, make) => {
    const points = Array.from({ length: 10_000 }, (_unused, i) => make(i));
    const series = seriesFrom(points);
    expect(series.length).toBe(points.length);
    let i = 0;
    for (const held of series.points()) {
      const given = points[i++]!;
      if (held.step !== given.step || held.at !== given.at || !Object.is(held.value, given.value)) {
        expect(held).toEqual(given);
      }
    }
    expect(i).toBe(points.length);
  });

  test("a series does not change when its builder goes on", () => {
    const part = seriesFrom([point(1, 1, 1)]);
    const both = joinSeries([part, seriesFrom([point(2, 2, 2)])]);
    expect([...both.points()].map(({ step }) => step)).toEqual([1, 2]);
    expect([...part.points()]).toHaveLength(1);
  });

  test("compares points in a total order", () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, anyPoint, (a, b, c) => {
        const sign = (x: Point, y: Point) => Math.sign(comparePoints(x, y));
        expect(sign(a, b) + sign(b, a)).toBe(0);
        expect(sign(a, { ...a })).toBe(0);
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
        const isSame = a.step === b.step && a.at === b.at && Object.is(a.value, b.value);
        expect(sign(a, b) === 0).toBe(isSame && contextKey(a.context) === contextKey(b.context));
      }),
      rounds(2000),
    );
  });

  test("sums up in the order of time, whatever order the points come in", () => {
    const points = [point(2, 20, 0.2), point(1, 10, Number.NaN), point(3, 20, -1), point(undefined, 20, 9)];
    for (const given of [points, points.toReversed()]) {
      expect(summarise(seriesFrom(given))).toEqual({ count: 4, first: points[1], last: points[2], min: -1, max: 9 });
    }
    expect(summarise(joinSeries([]))).toMatchObject({ count: 0, first: undefined, min: Number.NaN });
  });

  test("a context is the same whatever the order of its keys", () => {
    expect(contextKey({ a: "1", b: "2" })).toBe(contextKey({ b: "2", a: "1" }));
    expect(contextKey({ a: "1,b" })).not.toBe(contextKey({ a: "1", b: "" }));
    expect(contextKey({})).toBe(contextKey(undefined));
  });
});
