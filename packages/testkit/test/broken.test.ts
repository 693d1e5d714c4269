import {
  backendLaws,
  brokenBackends,
  brokenJournals,
  brokenSources,
  journalLaws,
  keepPlace,
  type Law,
  LawBroken,
  sourceLaws,
} from "@runferry/testkit";
import { afterAll, describe, expect, it } from "vitest";

/** For each broken implementation, by the law it was made for, every other law that falls with it. */
const others: { readonly [law: string]: readonly string[] } = {
  replay: ["resume"],
  split: [
    "live = export",
    "prefix acceptance",
    "cancellation",
    "non-finite values",
    "unknown kinds are differences",
    "round trip",
    "honesty",
    "plain run",
  ],
  resume: ["cancellation"],
  "live = export": [
    "replay",
    "split",
    "resume",
    "order",
    "prefix acceptance",
    "inputs untouched",
    "cancellation",
    "round trip",
    "honesty",
  ],
  order: ["round trip", "honesty"],
  "prefix acceptance": [
    "replay",
    "split",
    "resume",
    "inputs untouched",
    "cancellation",
    "closed means closed",
    "round trip",
    "honesty",
  ],
  "inputs untouched": ["round trip", "honesty"],
  "non-finite values": ["replay", "split", "resume", "inputs untouched", "round trip", "honesty"],
  "unknown kinds are differences": [
    "replay",
    "split",
    "resume",
    "inputs untouched",
    "no secret in any output",
    "round trip",
    "honesty",
  ],
  "no secret in any output": ["round trip", "honesty"],
  "round trip": [
    "replay",
    "split",
    "resume",
    "live = export",
    "order",
    "prefix acceptance",
    "inputs untouched",
    "honesty",
    "plain run",
  ],
  "plain run": ["honesty"],
  "one writer per stream, and closed means closed": ["it is the same when it is opened again"],
  "it gives the same again": ["it gives what is there"],
  "its journals keep the order of journals": ["it gives what is there"],
};

describeBroken("backend", backendLaws, new Map(brokenBackends.map(({ breaks, subject }) => [breaks, subject])));
describeBroken("journal", journalLaws, brokenJournals);
const places = new Map([...brokenSources].map(([breaks, subject]) => [breaks, keepPlace(subject)]));
afterAll(async () => {
  for (const { remove } of places.values()) await remove();
});
describeBroken("source", sourceLaws, new Map([...places].map(([breaks, { subject }]) => [breaks, subject])));

function describeBroken<Subject extends { readonly name: string }>(
  kind: string,
  laws: readonly Law<Subject>[],
  broken: ReadonlyMap<string, Subject>,
): void {
  describe(`a broken ${kind} is found out`, () => {
    it("there is one for each law", () => {
      expect([...broken.keys()].sort()).toEqual(laws.map((law) => law.name).sort());
    });

    for (const [breaks, subject] of broken) {
      it(`${breaks}: a ${kind} that ${subject.name}`, async () => {
        const found: string[] = [];
        for (const law of laws) {
          await law.check(subject).catch((cause: unknown) => {
            found.push(law.name);
            // The law itself must say what is wrong, not trip over it.
            if (law.name === breaks) expect(cause).toBeInstanceOf(LawBroken);
          });
        }
        expect(found).toContain(breaks);
        expect(found.filter((name) => name !== breaks)).toEqual(others[breaks] ?? []);
      });
    }
  });
}
