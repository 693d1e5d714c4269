import { describeMismatch, type Mismatch, missingFrom } from "./compare.ts";
import { addDifferences, type Difference } from "./differences.ts";
import type { RunView } from "./fold.ts";

/** What a destination would make of a run: every difference, counted by grade, before anything is sent. */
export function plan(view: RunView, keeps: (view: RunView) => RunView): readonly Difference[] {
  return keeps(view).differences;
}

export interface Verdict {
  /** Everything that the destination can hold is there. */
  readonly complete: boolean;
  /** What the destination holds in another form or not at all, as planned, and what was found lost. */
  readonly differences: readonly Difference[];
  /** What was found lost, one by one, up to a limit; the counts are in `differences`. */
  readonly mismatches: readonly Mismatch[];
}

const maxMismatches = 1000;

/**
 * Compares what a run should be at a destination with what was read back from there. It asks for containment: what people
 * or the server added is no difference.
 */
export function verify(view: RunView, keeps: (view: RunView) => RunView, actual: RunView): Verdict {
  const expected = keeps(view);
  const counts = new Map<string, Difference>();
  const mismatches: Mismatch[] = [];
  for (const mismatch of missingFrom(actual, expected)) {
    const kind = mismatch.there === undefined ? `${mismatch.kind} missing` : `${mismatch.kind} differs`;
    const seen = counts.get(kind);
    counts.set(kind, {
      grade: "lost",
      kind,
      count: (seen?.count ?? 0) + 1,
      example: seen?.example ?? describeMismatch(mismatch),
    });
    if (mismatches.length < maxMismatches) mismatches.push(mismatch);
  }
  return {
    complete: counts.size === 0,
    differences: addDifferences(expected.differences, [...counts.values()]),
    mismatches,
  };
}
