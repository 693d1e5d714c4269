import { type Recorded, type Upcaster, upcast } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { decoded, encoded } from "./lines.ts";

describe("upcasting", () => {
  const event: Recorded = { seq: 1, at: 1, kind: "tags.set", values: {} };
  const mark =
    (to: string): Upcaster =>
    (old) => ({ ...old, kind: "tags.set", values: { ...(old as { values: object }).values, [to]: "lifted" } });

  test("lifts an event from its own format on, in order", () => {
    const steps = [mark("2"), mark("3")];
    expect([1, 2, 3].map((format) => Object.keys((upcast(event, format, steps) as { values: object }).values))).toEqual(
      [["2", "3"], ["3"], []],
    );
    expect(upcast(event, 1)).toBe(event);
  });

  test("refuses a journal of a newer format as a whole", () => {
    expect(() => upcast(event, 4, [mark("2"), mark("3")])).toThrow(/has format 4; this version reads up to 3/);
    const newer: Recorded = {
      seq: 1,
      at: 1,
      kind: "run.started",
      format: 2,
      id: "r",
      name: "n",
      experiment: "e",
      createdAt: 1,
    };
    expect(() => decoded(encoded([newer]))).toThrow(/has format 2; this version reads up to 1/);
  });
});
