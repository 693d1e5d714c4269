import { countOf, fold, memoryDeliveries } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { toyFileSubject, toyServerSubject } from "../src/index.ts";
import { deliver, expectKept, openAt, readBack } from "./toy-delivery.ts";
import { hostileJournal, journals, manyStreamsJournal, plainJournal, runId } from "./toy-journals.ts";

const subjects = [toyFileSubject, toyServerSubject];

describe.each(subjects)("$name", (subject) => {
  test.each(Object.keys(journals))("holds what it says it keeps: %s", async (name) => {
    const journal = await journals[name]!();
    for (const events of name === "plain" ? [1, 7, 1000] : [1, 3, 1000]) {
      const place = await subject.create();
      const backend = await openAt(place);
      const result = await deliver(journal, backend, memoryDeliveries(), { batch: { events } });
      expect(result).toMatchObject({ state: "delivered" });
      await expectKept(place, backend, journal);
      await place.remove();
    }
  });

  test("writing says of each difference what keeps says", async () => {
    const journal = await hostileJournal();
    for (const events of [1, 5, 1000]) {
      const place = await subject.create();
      const backend = await openAt(place);
      const { delivery } = await deliver(journal, backend, memoryDeliveries(), { batch: { events } });
      const kept = backend.keeps(await fold(journal, { mask: true })).differences;
      // `lr` is set twice, and only the last one is left to be kept in another form; what was lost before is no news.
      const overwritten = "params as JSON text";
      const told = delivery.streams.main!.differences.map(({ grade, kind, count }) => ({
        grade,
        kind,
        count: kind === overwritten ? count - 1 : count,
      }));
      expect(told).toEqual(kept.map(({ grade, kind, count }) => ({ grade, kind, count })));
      expect(countOf(kept, "converted")).toBeGreaterThan(0);
      expect(countOf(kept, "left out")).toBeGreaterThan(0);
      await place.remove();
    }
  });

  test("nothing of a plain run is lost or left out", async () => {
    const place = await subject.create();
    const journal = await plainJournal();
    const backend = await openAt(place);
    await deliver(journal, backend);
    expect(backend.keeps(await fold(journal)).differences).toEqual([]);
    await place.remove();
  });

  test("an end seen from outside is void there too once main goes on", async () => {
    const place = await subject.create();
    const journal = await manyStreamsJournal({ goesOn: false });
    const deliveries = memoryDeliveries();
    const backend = await openAt(place);
    await deliver(journal, backend, deliveries);
    expect((await readBack(place, runId)).status).toBe("killed");
    journal.writer().append({ kind: "unknown", was: "sign.of_life", fields: {} });
    await deliver(journal, backend, deliveries);
    expect((await readBack(place, runId)).status).toBe("running");
    await expectKept(place, backend, journal);
    await place.remove();
  });

  test("no secret arrives", async () => {
    const place = await subject.create();
    await deliver(await hostileJournal(), await openAt(place));
    const dump = await place.dump();
    expect(dump).toContain("mnist");
    expect(dump).not.toContain("hunter2secret");
    expect(dump).not.toContain("s3cret");
    await place.remove();
  });

  test("a cancelled delivery goes on later; a closed backend writes nothing", async () => {
    const place = await subject.create();
    const journal = await plainJournal();
    const deliveries = memoryDeliveries();
    const stop = new AbortController();
    const backend = await openAt(place);
    const onProgress = () => stop.abort(new Error("enough"));
    const signal = stop.signal;
    const stopped = await deliver(journal, backend, deliveries, { batch: { events: 5 }, signal, onProgress });
    expect(stopped.state).toBe("cancelled");
    await backend.close();
    await expect(deliver(journal, backend, deliveries)).rejects.toMatchObject({ code: "closed" });
    const next = await openAt(place);
    expect((await deliver(journal, next, deliveries)).state).toBe("delivered");
    await expectKept(place, next, journal);
    await place.remove();
  });
});
