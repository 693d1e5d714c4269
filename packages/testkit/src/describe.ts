import { describe, it } from "vitest";
import { backendLaws } from "./laws/index.ts";
import { journalLaws } from "./laws/journal.ts";
import type { Law } from "./laws/law.ts";
import { sourceLaws } from "./laws/source.ts";
import type { BackendSubject, JournalSubject, SourceSubject } from "./subject.ts";

/** The test suite of a backend. What comes after it in a test file concerns that backend alone. */
export function describeBackend(subject: BackendSubject): void {
  describeLaws(backendLaws, subject);
}

/** The test suite of a journal that can be written. */
export function describeJournal(subject: JournalSubject): void {
  describeLaws(journalLaws, subject);
}

/** The test suite of a source. */
export function describeSource(subject: SourceSubject): void {
  describeLaws(sourceLaws, subject);
}

function describeLaws<Subject extends { readonly name: string }>(
  laws: readonly Law<Subject>[],
  subject: Subject,
): void {
  describe(`laws of ${subject.name}`, () => {
    for (const law of laws) it(law.name, () => law.check(subject));
  });
}
