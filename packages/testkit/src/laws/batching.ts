import type { Backend, Journal } from "@runferry/core";
import { smallRun } from "../hostile/plain-runs.ts";
import type { Place } from "../subject.ts";
import { withPlace } from "../with-place.ts";
import { deliver, deliverAll, expectedView, journalAt, readBack } from "./deliver.ts";
import { demand, type Law, within } from "./law.ts";
import { finished, logged, startLawRun } from "./law-runs.ts";
import { demandContains, demandSame } from "./same.ts";

/** Writing one batch against one cursor twice leaves the place as if written once. */
export const replay: Law = {
  name: "replay",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal } = await smallRun();
      const twice = (backend: Backend): Backend => ({
        ...backend,
        async write(batch, context) {
          const first = await backend.write(batch, context);
          if (first.status !== "accepted") return first;
          // The acknowledgement was lost: the forwarder knows nothing of it and sends the same again.
          const second = await backend.write(batch, context);
          return second.status === "accepted" ? second : first;
        },
      });
      await deliverAll(place, journal, { wrap: twice, batch: { events: 3 } });
      demandSame(await readBack(place, journal.run), await expectedView(place, journal), "every batch written twice");
    });
  },
};

/** The same journal gives the same content in any batching. */
export const split: Law = {
  name: "split",
  async check(subject) {
    for (const events of [1, 2, 3, 7, 1000]) {
      await withPlace(subject, async (place) => {
        const { journal } = await smallRun();
        await deliverAll(place, journal, { batch: { events } });
        const expected = await expectedView(place, journal);
        demandSame(await readBack(place, journal.run), expected, `in batches of ${events}`);
      });
    }
  },
};

/** Following a run while it is written ends with the same as exporting it afterwards. */
export const liveIsExport: Law = {
  name: "live = export",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, add, main } = startLawRun("live");
      let through = 0;
      const watched = (backend: Backend): Backend => ({
        ...backend,
        async write(batch, context) {
          const outcome = await backend.write(batch, context);
          if (outcome.status === "accepted") through = outcome.cursor.through;
          return outcome;
        },
      });
      const live = deliverAll(place, journal, { follow: true, wrap: watched });
      for (let step = 0; step < 40; step++) {
        add(logged(step, { loss: 1 / (step + 1) }));
        if (step === 20) add({ kind: "tags.set", values: { half: "done" } });
        // Every few points it is waited for, so that the delivery sees the run grow.
        if (step % 7 === 0)
          await within(
            10_000,
            "following the run",
            arrival(() => through >= step + 1),
          );
      }
      add(finished);
      await main.close();
      await live;
      const expected = await expectedView(place, journal);
      demandSame(await readBack(place, journal.run), expected, "delivered while it was written");
    });
  },
};

async function arrival(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Of two facts about the same thing at the same time, the later one holds; lines stay in the order they were said. */
export const order: Law = {
  name: "order",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, main } = startLawRun("order");
      const at = 1_732_181_500_000;
      for (const value of ["first", "second", "third", "fourth", "fifth"]) {
        main.append({ kind: "tags.set", values: { stage: value } }, at);
        main.append({ kind: "console.logged", from: "stdout", text: `${value} line` }, at);
      }
      main.append(finished, at);
      await deliverAll(place, journal, { batch: { events: 5 } });
      const expected = await expectedView(place, journal);
      const actual = await readBack(place, journal.run);
      demandSame(actual, expected, "facts at one and the same time");
      const lines = actual.console.map((line) => line.text);
      demand(
        lines.join("|") === expected.console.map((line) => line.text).join("|"),
        `lines come back as ${lines.join(", ")}`,
      );
      for await (const stream of (await journalAt(place, journal.run)).streams()) {
        let last = 0;
        for await (const events of stream.read()) {
          for (const event of events) {
            demand(event.seq > last, `stream ${stream.name} goes from seq ${last} to ${event.seq}`);
            last = event.seq;
          }
        }
      }
    });
  },
};

/** What was accepted is there, whatever comes after it. */
export const prefixAcceptance: Law = {
  name: "prefix acceptance",
  async check(subject) {
    for (let stopAfter = 1; stopAfter <= 5; stopAfter++) {
      await withPlace(subject, async (place) => {
        const whole = startLawRun("prefix");
        for (let step = 0; step < 12; step++)
          whole.add(logged(step, { loss: step }), { kind: "tags.set", values: { at: `${step}` } });
        const through = await stopAfterAcceptance(place, whole.journal, stopAfter);
        const prefix = startLawRun("prefix");
        for await (const stream of whole.journal.streams()) {
          for await (const events of stream.read()) {
            for (const { seq, at, ...event } of events) if (seq > 1 && seq <= through) prefix.main.append(event, at);
          }
        }
        const expected = await expectedView(place, prefix.journal);
        const actual = await readBack(place, whole.journal.run);
        demandContains(actual, { ...expected, started: undefined }, `accepted up to ${through}, and then nothing more`);
      });
    }
  },
};

/** Lets the backend accept a number of batches and then asks it nothing more. Gives the last seq it has accepted. */
async function stopAfterAcceptance(place: Place, journal: Journal, acceptances: number): Promise<number> {
  const stop = new AbortController();
  let left = acceptances;
  let through = 0;
  const watched = (backend: Backend): Backend => ({
    ...backend,
    async write(batch, context) {
      const outcome = await backend.write(batch, context);
      if (outcome.status === "accepted" && context.lane === "facts") {
        through = outcome.cursor.through;
        if (--left === 0) stop.abort();
      }
      return outcome;
    },
  });
  await deliver(place, journal, { wrap: watched, batch: { events: 5 }, signal: stop.signal });
  return through;
}
