/** What a crash throws. Nothing but the test may catch it: a dead process runs no more code. */
export class Crash extends Error {
  constructor(at: number, label: string) {
    super(`crashed before side effect ${at}: ${label}`);
  }
}

/**
 * Stands before every side effect of the code under test. At the chosen one it throws, and from then on at every one:
 * what a dead process would not have done is not done.
 */
export interface CrashPoints {
  point(label: string): void;
  /** Side effects that were reached. */
  readonly reached: number;
  readonly crashed: boolean;
  /** How often each label was reached: a suite prints it, and a path that was never taken fails. */
  readonly labels: ReadonlyMap<string, number>;
}

/** `crashAt` counts from 1; without it nothing crashes and the points are only counted. */
export function createCrashPoints(crashAt: number = Number.POSITIVE_INFINITY): CrashPoints {
  const labels = new Map<string, number>();
  let reached = 0;
  return {
    point(label) {
      reached++;
      labels.set(label, (labels.get(label) ?? 0) + 1);
      if (reached >= crashAt) throw new Crash(reached, label);
    },
    get reached() {
      return reached;
    },
    get crashed() {
      return reached >= crashAt;
    },
    labels,
  };
}

export const noCrash: CrashPoints = createCrashPoints();
