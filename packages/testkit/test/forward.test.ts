import { fold, memoryDeliveries } from "@runferry/core";
import {
  type BackendSubject,
  createCrashPoints,
  memorySubject,
  rounds,
  toyFileSubject,
  toyServerSubject,
} from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mixtureRun } from "../src/hostile/mixtures.ts";
import { deliver, deliverAll, expectedView, readBack } from "../src/laws/deliver.ts";
import { demandSame } from "../src/laws/same.ts";
import { withPlace } from "../src/with-place.ts";

/** How one delivery goes: in which batches, when it is saved, and before which side effects its processes die. */
const delivery = fc.record({
  seed: fc.nat(10_000),
  events: fc.integer({ min: 3, max: 60 }),
  batch: fc.integer({ min: 1, max: 70 }),
  bytes: fc.integer({ min: 100, max: 20_000 }),
  saveEveryMs: fc.constantFrom(0, 1000),
  crashes: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
});

describe.each([memorySubject(), toyFileSubject, toyServerSubject])(
  "any delivery to $name",
  (subject: BackendSubject) => {
    it("ends with what the journal says, in any batching and whatever its processes die of", async () => {
      let died = 0;
      await fc.assert(
        fc.asyncProperty(delivery, async ({ seed, events, batch, bytes, saveEveryMs, crashes }) => {
          const { journal } = await mixtureRun(seed, 1, events);
          const options = { deliveries: memoryDeliveries(), batch: { events: batch, bytes }, saveEveryMs };
          await withPlace(subject, async (place) => {
            for (const crashAt of crashes) {
              const crash = createCrashPoints(crashAt);
              await deliver(place, journal, { ...options, crash }).catch((cause: unknown) => {
                if (!crash.crashed) throw cause;
                died++;
              });
            }
            await deliverAll(place, journal, options);
            demandSame(await readBack(place, journal.run), await expectedView(place, journal), "read back");
            // Delivering what is delivered asks nothing of the place.
            const again = createCrashPoints();
            await deliverAll(place, journal, { ...options, crash: again });
            expect([...again.labels.keys()].filter((label) => !label.includes("deliver"))).toEqual([]);
          });
          expect((await fold(journal)).id).toBe(journal.run);
        }),
        rounds(40),
      );
      expect(died).toBeGreaterThan(0);
    });
  },
);
