/** What can go wrong with a request. Only a request that was dropped, or answered busy, was not acted on. */
export const faultKinds = [
  /** The connection is cut before anything is done. */
  "request dropped",
  /** Everything is done, then the connection is cut. */
  "answer dropped",
  /** Everything is done, and the answer comes late. */
  "answer late",
  /** 503 with Retry-After. */
  "unavailable",
  /** 429 with Retry-After. */
  "too many",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Decides the fate of each request and counts what was decided. */
export interface ServerFaults {
  /** The next requests meet these, one each, whatever the schedule says. */
  plan(...kinds: readonly FaultKind[]): void;
  draw(): FaultKind | undefined;
  /** Every kind is there, also with 0. */
  readonly counts: ReadonlyMap<FaultKind, number>;
}

export interface FaultOptions {
  readonly seed: number;
  /** How often a request meets a fault, from 0 to 1. Default: 0.3. */
  readonly rate?: number;
}

/** After this many faults in a row so many requests go well, so that no client is starved. */
const longestStreak = 2;
const breather = 5;

/** A seeded schedule; without options only what is planned goes wrong. */
export function createServerFaults(options?: FaultOptions): ServerFaults {
  const random = createRandom(options?.seed ?? 0);
  const rate = options === undefined ? 0 : (options.rate ?? 0.3);
  const counts = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
  const planned: FaultKind[] = [];
  let streak = 0;
  let calm = 0;

  function scheduled(): FaultKind | undefined {
    const fails = random() < rate;
    const kind = faultKinds[Math.floor(random() * faultKinds.length)]!;
    if (calm > 0) {
      calm--;
      return undefined;
    }
    if (fails && streak < longestStreak) {
      streak++;
      return kind;
    }
    if (streak > 0) calm = breather;
    streak = 0;
    return undefined;
  }

  return {
    plan(...kinds) {
      planned.push(...kinds);
    },
    draw() {
      const kind = planned.shift() ?? scheduled();
      if (kind !== undefined) counts.set(kind, counts.get(kind)! + 1);
      return kind;
    },
    counts,
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
