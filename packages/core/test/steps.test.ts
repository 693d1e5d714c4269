import { checkStep } from "@runferry/core";
import { describe, expect, test } from "vitest";

describe("steps", () => {
  test("takes whole numbers in range, and never rounds another", () => {
    expect(checkStep(undefined)).toEqual({});
    for (const step of [0, -5, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(checkStep(step)).toEqual({ step });
    for (const value of [0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      expect(checkStep(value)).toEqual({ value });
    expect(Object.is(checkStep(-0).step, 0)).toBe(true);
  });
});
