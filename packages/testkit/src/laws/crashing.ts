import { type Journal, memoryDeliveries } from "@runferry/core";
import { Crash, createCrashPoints } from "../crash-points.ts";
import { smallRun } from "../hostile/plain-runs.ts";
import type { BackendSubject } from "../subject.ts";
import { withPlace } from "../with-place.ts";
import { deliver, deliverAll, expectedView, readBack } from "./deliver.ts";
import { demand, type Law, within } from "./law.ts";
import { finished, logged, startLawRun } from "./law-runs.ts";
import { demandSame } from "./same.ts";

/** Killed before any side effect, a fresh process that knows only what was saved ends with the same. */
export const resume: Law = {
  name: "resume",
  async check(subject) {
    const { journal } = await smallRun();
    const total = await countSideEffects(subject, journal);
    demand(total > 2, `only ${total} side effects pass a crash point`);
    for (let crashAt = 1; crashAt <= total; crashAt++) {
      await withPlace(subject, async (place) => {
        const deliveries = memoryDeliveries();
        const options = { deliveries, batch: { events: 4 }, saveEveryMs: 0 };
        const label = await deliverUntilCrash(() =>
          deliver(place, journal, { ...options, crash: createCrashPoints(crashAt) }),
        );
        await deliverAll(place, journal, options);
        const expected = await expectedView(place, journal);
        demandSame(await readBack(place, journal.run), expected, `killed at side effect ${crashAt} (${label})`);
      });
    }
  },
};

async function countSideEffects(subject: BackendSubject, journal: Journal): Promise<number> {
  return withPlace(subject, async (place) => {
    const crash = createCrashPoints();
    await deliverAll(place, journal, { crash, batch: { events: 4 }, saveEveryMs: 0 });
    return crash.reached;
  });
}

/** Timing may let a delivery end before its crash: then there is nothing to recover from, which is fine too. */
async function deliverUntilCrash(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "not reached";
  } catch (cause) {
    if (cause instanceof Crash) return cause.message;
    throw cause;
  }
}

/** A delivery that is cancelled stops soon, claims nothing that is not there, and goes on later. */
export const cancellation: Law = {
  name: "cancellation",
  async check(subject) {
    for (const cancelAt of [0, 1, 2, 3, 5, 8]) {
      await withPlace(subject, async (place) => {
        const { journal, add } = startLawRun("cancelled");
        for (let step = 0; step < 20; step++) add(logged(step, { loss: step }));
        add(finished);
        const deliveries = memoryDeliveries();
        const stop = new AbortController();
        const points = createCrashPoints();
        const crash = {
          ...points,
          point(label: string) {
            points.point(label);
            if (points.reached >= cancelAt) stop.abort();
          },
        };
        if (cancelAt === 0) stop.abort();
        const options = { deliveries, crash, batch: { events: 3 }, signal: stop.signal };
        const result = await within(
          5000,
          `a delivery cancelled at side effect ${cancelAt}`,
          deliver(place, journal, options),
        );
        demand(
          result.state === "cancelled" || (cancelAt > 0 && result.state === "delivered"),
          `a cancelled delivery calls itself ${result.state}`,
        );
        await within(20_000, "the delivery after a cancelled one", deliverAll(place, journal, { deliveries }));
        const expected = await expectedView(place, journal);
        demandSame(await readBack(place, journal.run), expected, `cancelled at side effect ${cancelAt}`);
      });
    }
  },
};
