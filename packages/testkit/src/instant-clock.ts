import type { Clock } from "@runferry/core";

/** A clock on which waiting takes no time: a sleep moves it and lets everything else have its turn. */
export function instantClock(startMs = 1_732_181_400_000): Clock {
  let now = startMs;
  return {
    now: () => now,
    async sleep(ms) {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
