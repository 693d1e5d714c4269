import { afterAll, beforeAll, describe, it } from "vitest";
import { keepPlace } from "./keep-place.ts";
import { backendLaws } from "./laws/index.ts";
import { journalLaws } from "./laws/journal.ts";
import { demand, type Law } from "./laws/law.ts";
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

/** The test suite of a source. Its laws read one place, each anew, which is as it was after all of them. */
export function describeSource(subject: SourceSubject): void {
  const { subject: kept, remove } = keepPlace(subject);
  const digest = async () => (await kept.create()).digest();
  describe(`place of ${subject.name}`, () => {
    let before: string;
    beforeAll(async () => {
      before = await digest();
    });
    afterAll(async () => {
      const after = await digest();
      await remove();
      demand(after === before, "the place is not as it was before its laws");
    });
    describeLaws(sourceLaws, kept);
  });
}

function describeLaws<Subject extends { readonly name: string }>(
  laws: readonly Law<Subject>[],
  subject: Subject,
): void {
  describe(`laws of ${subject.name}`, () => {
    for (const law of laws) it(law.name, () => law.check(subject));
  });
}
