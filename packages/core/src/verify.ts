import { describeMismatch, type Mismatch, missingFrom } from "./compare.ts";
import { unreadHash } from "./contract.ts";
import { addDifferences, type Difference } from "./differences.ts";
import type { FileRef } from "./events.ts";
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
  for (const mismatch of missingFrom(withHashes(actual, expected), expected)) {
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

/** A hash that was not read is no difference: it stands for the expected one. */
function withHashes(actual: RunView, expected: RunView): RunView {
  const hashes = new Map<string, string>();
  for (const { file } of filesIn(expected)) hashes.set(file.path, file.sha256);
  const filled = <T>(of: T): T => {
    if (!hasFile(of) || of.file.sha256 !== unreadHash) return of;
    return { ...of, file: { ...of.file, sha256: hashes.get(of.file.path) ?? unreadHash } };
  };
  return {
    ...actual,
    artifacts: new Map([...actual.artifacts].map(([path, artifact]) => [path, filled(artifact)])),
    media: actual.media.map((event) => ({ ...event, media: filled(event.media) })),
  };
}

function filesIn({ artifacts, media }: RunView): readonly { readonly file: FileRef }[] {
  return [...artifacts.values(), ...media.map((event) => event.media).filter(hasFile)];
}

function hasFile<T>(of: T): of is T & { readonly file: FileRef } {
  return typeof of === "object" && of !== null && "file" in of && of.file !== undefined;
}
