import {
  backendLaws,
  brokenBackends,
  brokenJournals,
  brokenSources,
  journalLaws,
  type Law,
  LawBroken,
  sourceLaws,
} from "@runferry/testkit";
import { describe, expect, it } from "vitest";

/** For each broken implementation, by the law it was made for, every other law that falls with it. */
const others: { readonly [law: string]: readonly string[] } = {};

describeBroken("backend", backendLaws, new Map(brokenBackends.map(({ breaks, subject }) => [breaks, subject])));
describeBroken("journal", journalLaws, brokenJournals);
describeBroken("source", sourceLaws, brokenSources);

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
        console.log(JSON.stringify([breaks, found.filter((name) => name !== breaks)]));
        expect(found).toContain(breaks);
        expect(found.filter((name) => name !== breaks)).toEqual(others[breaks] ?? []);
      });
    }
  });
}
