import { afterAll, beforeAll, describe, it } from "vitest";
import { backendLaws } from "./laws/index.ts";
import { journalLaws } from "./laws/journal.ts";
import { demand, type Law } from "./laws/law.ts";
import { sourceLaws } from "./laws/source.ts";
import type { BackendSubject, JournalSubject, SourcePlace, SourceSubject } from "./subject.ts";

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
  describe(`place of ${subject.name}`, () => {
    let place: SourcePlace;
    let before: string;
    beforeAll(async () => {
      place = await subject.create();
      before = await place.digest();
    });
    afterAll(async () => {
      const after = await place?.digest();
      await place?.remove();
      demand(after === before, "the place is not as it was before its laws");
    });
    const stays = { remove: async () => undefined };
    describeLaws(sourceLaws, { ...subject, create: async () => ({ ...place, ...stays }) });
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
