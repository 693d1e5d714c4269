import { crc32 as zlibCrc32 } from "node:zlib";
import {
  checkStep,
  crc32,
  createCrc32,
  createRunId,
  destinationName,
  errorCodes,
  importedRunId,
  isRunferryError,
  isRunId,
  messageOf,
  problemOfPath,
  type Recorded,
  RunferryError,
  systemClock,
  toMicros,
  type Upcaster,
  upcast,
} from "@runferry/core";
import { awkwardPaths, createRandom, rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoded, encoded } from "./lines.ts";

describe("crc32", () => {
  const digits = new TextEncoder().encode("123456789");

  test("gives the published check values", () => {
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(createCrc32(0x82f63b78)(digits)).toBe(0xe3069283);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  test("agrees with zlib on any bytes, in any range and in any two parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(), (bytes, a, b) => {
        const [from, to] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
        expect(crc32(bytes, from, to)).toBe(zlibCrc32(bytes.subarray(from, to)));
        expect(crc32(bytes, from, bytes.length, crc32(bytes, 0, from))).toBe(zlibCrc32(bytes));
      }),
      rounds(500),
    );
    const large = createRandom(9).bytes(100_000);
    expect(crc32(large)).toBe(zlibCrc32(large));
  });
});

describe("run ids", () => {
  test("are 26 characters that sort by time", () => {
    const times = [0, 1, 31, 32, 1e12, 1_732_181_400_123, 1_732_181_400_124, 8.64e15];
    const ids = times.map((time) => createRunId(time));
    for (const id of ids) expect(isRunId(id)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    expect(createRunId(1)).not.toBe(createRunId(1));
  });

  test("hold all of their 80 random bits", () => {
    expect(createRunId(0, new Uint8Array(10).fill(255))).toBe("0000000000zzzzzzzzzzzzzzzz");
    const tails = Array.from({ length: 80 }, (_, bit) => {
      const entropy = new Uint8Array(10);
      entropy[bit >> 3] = 128 >> (bit & 7);
      return createRunId(0, entropy);
    });
    expect(new Set(tails).size).toBe(80);
  });

  test("of an imported run are the same every time, and different for different runs", async () => {
    const id = await importedRunId("mlruns", "mnist", "4f2a", 1_732_181_400_123);
    expect(id).toBe(await importedRunId("mlruns", "mnist", "4f2a", 1_732_181_400_123));
    expect(isRunId(id)).toBe(true);
    expect(id.slice(0, 10)).toBe(createRunId(1_732_181_400_123).slice(0, 10));
    expect(await importedRunId("mlruns", "mnist4", "f2a", 1_732_181_400_123)).not.toBe(id);
  });

  test("are told from other texts", () => {
    for (const text of ["", "run_001", "0".repeat(25), "0".repeat(27), `${"0".repeat(25)}u`, `${"0".repeat(25)}A`]) {
      expect(isRunId(text), text).toBe(false);
    }
  });

  test("a destination is named by its kind and its address", async () => {
    expect(await destinationName("mlflow", "http://ml.lab:5000")).toMatch(/^mlflow-[0-9a-f]{8}$/);
    expect(await destinationName("mlflow", "a")).not.toBe(await destinationName("mlflow", "b"));
  });
});

describe("paths", () => {
  test.each(awkwardPaths.map((path) => [path]))("takes %j", (path) => {
    expect(problemOfPath(path)).toBeUndefined();
  });

  test.each([
    "",
    ".",
    "..",
    "/a",
    "a/",
    "a//b",
    "./a",
    "a/.",
    "a/./b",
    "../a",
    "a/../b",
    "a/..",
    "\\a",
    "..\\a",
    "a\\..\\b",
    "C:/a",
    "c:\\a",
    "a\0b",
    "a\ud800",
  ])("refuses %j", (path) => {
    expect(problemOfPath(path)).toMatch(/^must /);
  });
});

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

describe("errors", () => {
  const error = new RunferryError("not_found", "no run a", {
    hint: "list them",
    data: "nothing was changed",
    cause: 7,
  });

  test("say what, what to do, and what state the data is in", () => {
    expect(error.explain()).toBe("no run a [not_found]\n  what to do: list them\n  your data: nothing was changed");
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "not_found",
      message: "no run a",
      hint: "list them",
      data: "nothing was changed",
    });
    expect([error.name, error.cause]).toEqual(["RunferryError", 7]);
    expect(new Set(errorCodes).size).toBe(errorCodes.length);
  });

  test("are told from others, and by code", () => {
    expect([isRunferryError(error), isRunferryError(error, "not_found"), isRunferryError(error, "gone")]).toEqual([
      true,
      true,
      false,
    ]);
    for (const other of [new Error("x"), null, undefined, "text", {}]) expect(isRunferryError(other)).toBe(false);
    expect([messageOf(error), messageOf("text"), messageOf(undefined)]).toEqual(["no run a", "text", "undefined"]);
  });
});

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

describe("the system clock", () => {
  test("tells the time with decimals, and sleeps until woken", async () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(100);
    const begin = systemClock.now();
    await systemClock.sleep(5);
    expect(systemClock.now() - begin).toBeGreaterThan(3);
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort();
    await sleeping;
    await systemClock.sleep(60_000, stop.signal);
    expect(systemClock.now() - begin).toBeLessThan(5000);
  });

  test("rounds to microseconds", () => {
    expect([toMicros(1.23456), toMicros(1_732_181_400_123.456), toMicros(1.0004)]).toEqual([
      1.235, 1_732_181_400_123.456, 1,
    ]);
  });
});
