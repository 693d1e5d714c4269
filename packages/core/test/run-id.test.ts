import { createRunId, destinationName, importedRunId, isRunId } from "@runferry/core";
import { describe, expect, test } from "vitest";

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
