/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since 1970, with decimals. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

let origin = performance.timeOrigin;

export const systemClock: Clock = {
  now() {
    const precise = origin + performance.now();
    const off = Date.now() - precise;
    if (Math.abs(off) <= 50) return precise;
    // The precise clock stands still while a laptop sleeps and does not follow corrections of the wall clock.
    origin += off;
    return precise + off;
  },
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done);
    });
  },
};

/** A time as the journal holds it: whole microseconds. */
export function toMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
