import { canonicalJson, isSpelled, type Json, parseJson, sameJson, spelled, stringifyJson } from "@runferry/core";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyJson } from "./arbitrary-events.ts";

describe("json", () => {
  test.each([
    "1.0",
    "1e-05",
    "1E+2",
    "0.3000",
    "18446744073709551615",
    "-9223372036854775808",
    "1e999",
    "-0",
    "-0.0",
    "5e-324",
    "0",
  ])("keeps the spelling %s", (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
    expect(stringifyJson(parseJson(`{"a":[${text}]}`))).toBe(`{"a":[${text}]}`);
  });

  test.each(["", "1.", ".5", "+1", "01", "0x10", "1e", "NaN", "Infinity", " 1", "1 ", "--1", "1n", "1_000"])(
    "refuses the spelling %j",
    (text) => {
      expect(() => spelled(text)).toThrow(/is not a JSON number/);
    },
  );

  test("a number that loses nothing is a plain number", () => {
    for (const text of ["1", "0.5", "-0", "1e+21"]) expect(isSpelled(spelled(text))).toBe(false);
    expect(Object.is(spelled("-0"), -0)).toBe(true);
  });

  test("reads what it writes", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(parseJson(stringifyJson(value))).toEqual(value);
      }),
      rounds(500),
    );
  });

  test("a key such as __proto__ stays a key", () => {
    const value = parseJson('{"__proto__":{"polluted":1.0}}') as { readonly [key: string]: Json };
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(canonicalJson(value)).toBe('{"__proto__":{"polluted":1.0}}');
  });

  test("is the same whatever the order of keys, and not when spelled otherwise", () => {
    expect(sameJson({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toBe(true);
    expect(sameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
    expect(sameJson(spelled("1.0"), 1)).toBe(false);
    expect(sameJson(-0, 0)).toBe(false);
    expect(sameJson(null, {})).toBe(false);
  });
});
