import { systemClock, toMicros } from "@runferry/core";
import { describe, expect, test } from "vitest";

describe("the system clock", () => {
  test("tells the time with decimals, and sleeps until woken", async () => {
    const [before, now, after] = [Date.now(), systemClock.now(), Date.now()];
    expect(now).toBeGreaterThan(before - 100);
    expect(now).toBeLessThan(after + 100);
    const begin = systemClock.now();
    await systemClock.sleep(5);
    expect(systemClock.now() - begin).toBeGreaterThan(3);
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort();
    await sleeping;
    await systemClock.sleep(60_000, stop.signal);
    expect(systemClock.now() - begin).toBeLessThan(60_000);
  });

  test("rounds to microseconds", () => {
    expect([toMicros(1.23456), toMicros(1_732_181_400_123.456), toMicros(1.0004)]).toEqual([
      1.235, 1_732_181_400_123.456, 1,
    ]);
  });
});
