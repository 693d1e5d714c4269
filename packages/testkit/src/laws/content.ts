import { countOf, fold, plan, verify } from "@runferry/core";
import { noCrash } from "../crash-points.ts";
import { hostileRuns } from "../hostile/hostile-runs.ts";
import { plainRun } from "../hostile/plain-runs.ts";
import { withPlace } from "../with-place.ts";
import { countUnlike } from "./count-unlike.ts";
import { deliver, deliverAll, demandFiles, expectedView, journalAt, readBack } from "./deliver.ts";
import { demand, type Law } from "./law.ts";
import { demandContains, demandSame } from "./same.ts";

/** What comes back is exactly what the backend says it keeps: for every hostile run, all in one place. */
export const roundTrip: Law = {
  name: "round trip",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const runs = await hostileRuns(1, subject.sizes);
      for (const { journal } of runs) await deliverAll(place, journal);
      for (const { name, journal } of runs) {
        const expected = await expectedView(place, journal);
        const copy = await journalAt(place, journal.run);
        const actual = await fold(copy);
        demandSame(actual, expected, `run ${name}`);
        await demandFiles(copy, actual);
        if (place.inspect)
          demandContains(await place.inspect(journal.run), expected, `run ${name}, seen by another client`);
      }
    });
  },
};

/** Every difference between a run and its copy was told before, one by one, and is told by verify after. */
export const honesty: Law = {
  name: "honesty",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const backend = await place.open(noCrash);
      for (const { name, journal } of await hostileRuns(1, subject.sizes)) {
        const view = await fold(journal, { mask: true });
        const kept = backend.keeps(view);
        const told = sum(plan(view, backend.keeps)) - sum(view.differences);
        const unlike = countUnlike(view, kept);
        demand(told >= unlike, `run ${name}: ${unlike} things are not kept as they are, ${told} differences are told`);
        // A form that reading undoes again is converted too; but what is said to be left out must not be there.
        const leftOut = countOf(kept.differences, "left out");
        demand(
          leftOut <= unlike,
          `run ${name}: ${leftOut} things are told as left out, ${unlike} are not kept as they are`,
        );
        await deliver(place, journal);
        const verdict = verify(view, backend.keeps, await readBack(place, journal.run));
        demand(verdict.complete, `run ${name}: verify finds ${verdict.mismatches.length} things lost`);
        demand(
          JSON.stringify(verdict.differences) === JSON.stringify(kept.differences),
          `run ${name}: verify tells other differences than plan`,
        );
      }
      await backend.close();
    });
  },
};

/** An ordinary run loses nothing anywhere. */
export const plainRunIsWhole: Law = {
  name: "plain run",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const backend = await place.open(noCrash);
      await backend.close();
      // A place that has no lane for files has no room for artifacts, and says so elsewhere.
      const { journal } = await plainRun({ files: backend.filesLane });
      const result = await deliverAll(place, journal);
      const expected = await expectedView(place, journal);
      const short = countOf(expected.differences, "left out") + countOf(expected.differences, "lost");
      demand(short === 0, `of a plain run, ${JSON.stringify(expected.differences)}`);
      demandSame(await readBack(place, journal.run), expected, "a plain run");
      demand(
        countOf(result.delivery.streams.main!.differences, "lost") === 0,
        "the delivery of a plain run tells of losses",
      );
    });
  },
};

function sum(differences: readonly { readonly count: number }[]): number {
  return differences.reduce((total, difference) => total + difference.count, 0);
}
