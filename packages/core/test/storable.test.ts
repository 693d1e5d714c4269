import {
  fold,
  isRunferryError,
  type Json,
  memoryJournal,
  type ParamsSet,
  type RunEvent,
  spelled,
} from "@runferry/core";
import { describe, expect, test } from "vitest";

function appended<E extends RunEvent>(event: E, at?: number) {
  return memoryJournal("run").writer().append(event, at);
}

function problemOf(event: RunEvent, at?: number): string {
  try {
    appended(event, at);
  } catch (error) {
    if (isRunferryError(error, "bad_event")) return error.message;
    throw error;
  }
  return "none";
}

const param = (value: unknown): ParamsSet => ({ kind: "params.set", values: { a: value as Json } });

describe("an event that enters a journal", () => {
  test("gets the journal's own stamp, whatever it brings along", () => {
    const journal = memoryJournal("run");
    const writer = journal.writer();
    writer.append({ kind: "run.resumed" }, 5);
    const other = { kind: "run.resumed", seq: 99, at: 1 } as const;
    expect(writer.append(other, 6.0004)).toEqual({ kind: "run.resumed", seq: 2, at: 6 });
  });

  test("never goes back in time", () => {
    const writer = memoryJournal("run").writer();
    expect([5, 3, 7].map((at) => writer.append({ kind: "run.resumed" }, at).at)).toEqual([5, 5, 7]);
    expect(problemOf({ kind: "run.resumed" }, Number.NaN)).toMatch("NaN is no time");
  });

  test("writes half of a surrogate pair out, so that different names stay different", async () => {
    const journal = memoryJournal("run");
    const writer = journal.writer();
    writer.append({ kind: "metrics.logged", values: { "\ud83d": 1, "\ud83e": 2, "🚀": 3 } });
    writer.append({ kind: "params.set", values: { "a\udc00": ["cut \ud83d", "whole 🚀"] } });
    const view = await fold(journal);
    expect([...view.metrics.keys()]).toEqual(["\\ud83d", "\\ud83e", "🚀"]);
    expect([...view.params]).toEqual([["a\\udc00", ["cut \\ud83d", "whole 🚀"]]]);
  });

  test("names the numbers that JSON has no word for, in the user's own JSON only", () => {
    expect(appended(param([Number.NaN, -Infinity, -0])).values).toEqual({ a: ["NaN", "-Infinity", -0] });
    expect(appended({ kind: "metrics.logged", values: { a: Number.NaN } }).values.a).toBeNaN();
    const logged = appended({
      kind: "model.logged",
      name: "m",
      path: "m",
      metrics: { a: Infinity },
      metadata: { b: Infinity },
    });
    expect(logged).toMatchObject({ metrics: { a: Infinity }, metadata: { b: "Infinity" } });
  });

  test("stays the same object inside where nothing is to be done, and is never changed", () => {
    const values = Object.freeze({ a: spelled("1.0"), b: [1, { c: null }] });
    expect(appended({ kind: "params.set", values }).values).toBe(values);
  });

  test.each([
    ["a bigint", 1n, "params.set values a is a bigint"],
    ["a function", () => 1, "params.set values a is a function"],
    ["a date", new Date(0), "params.set values a is an object of a class"],
    ["a map, inside", [new Map()], "params.set values a[0] is an object of a class"],
    ["a symbol, inside", [{ b: Symbol("x") }], "params.set values a[0] b is a symbol"],
  ])("is refused with %s", (_, value, message) => {
    expect(problemOf(param(value))).toMatch(message);
  });

  test("is refused when nested without end", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(problemOf(param(loop))).toMatch(/is nested more than 200 deep/);
  });

  test("is refused when it would be read back as another one", () => {
    const unknown = (was: string, fields: { [key: string]: Json }): RunEvent => ({ kind: "unknown", was, fields });
    expect(problemOf(unknown("params.set", {}))).toMatch("was: is a kind that this version knows");
    for (const field of ["seq", "at", "kind"])
      expect(problemOf(unknown("x", { [field]: 1 }))).toMatch(`fields.${field}: is the journal's own`);
    expect(problemOf(unknown("x", { crc: "00000000" }))).toBe("none");
  });

  test("takes no number when it is refused", () => {
    const writer = memoryJournal("run").writer();
    expect(() => writer.append(param(1n))).toThrow();
    expect(writer.append({ kind: "run.resumed" }).seq).toBe(1);
  });
});
