import {
  type Backend,
  forward,
  memoryDeliveries,
  memoryJournal,
  type Outcome,
  type Recorded,
  type WriteContext,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createPacker } from "../src/packed-events.ts";
import { createWaiting } from "../src/waiting.ts";
import { anyMetrics, anyRecord, anyStream } from "./arbitrary-events.ts";

const anyEvents = fc.oneof(anyStream(), anyStream(anyMetrics, 30));

it("packed, events are what they were, as often as they are asked for", () => {
  fc.assert(
    fc.property(fc.array(anyEvents, { maxLength: 4 }), (lists) => {
      const pack = createPacker();
      for (const events of lists) {
        const packed = pack(events);
        expect([...packed.events()]).toEqual(events);
        expect([...packed.events()]).toEqual(events);
        packed.free(); // the next one takes its place
      }
      const together = lists.map(pack);
      expect(together.map((packed) => [...packed.events()])).toEqual(lists);
    }),
  );
});

it("what waits, packed or not, is handed out within the limits and dropped from the front", () => {
  const doings = fc.array(fc.oneof(fc.nat({ max: 2500 }), fc.record({ most: fc.integer({ min: 1, max: 3000 }) })), {
    maxLength: 12,
  });
  const limits = fc.record({ events: fc.integer({ min: 1, max: 3000 }), bytes: fc.integer({ min: 1, max: 300_000 }) });
  fc.assert(
    fc.property(
      doings,
      limits,
      fc.boolean(),
      anyRecord(fc.double({ noNaN: true })),
      (all, within, isPacked, values) => {
        const waiting = createWaiting(within, { isPacked });
        let size = 64;
        for (const name in values) size += name.length + 20;
        const inOne = Math.min(within.events, Math.max(1, Math.floor(within.bytes / size)));
        let [first, next] = [1, 1];
        for (const doing of all) {
          if (typeof doing === "number") {
            for (const end = next + doing; next < end; next++) {
              waiting.push({ seq: next, at: next / 2, kind: "metrics.logged", step: -next, values });
            }
          } else if (waiting.length > 0) {
            const given = [...waiting.batch(doing.most)];
            const count = Math.min(doing.most, inOne, next - first);
            expect(given.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => first + i));
            expect(given.at(-1)).toStrictEqual({
              seq: first + count - 1,
              at: (first + count - 1) / 2,
              kind: "metrics.logged",
              step: 1 - first - count,
              values,
            });
            waiting.drop(count);
            first += count;
          }
          expect(waiting.length).toBe(next - first);
          expect(waiting.isFull).toBe(next - first > inOne || (next - first) * size > within.bytes);
        }
      },
    ),
    { numRuns: 60 },
  );
});

const run = "01jd7h8x5n0000000000000000";

interface Taking extends Backend {
  readonly taken: Recorded[];
}

/** Takes as many events as it is told, from the batch and what follows it, unless one of them is bad. */
function taking(counts: readonly number[], bad: ReadonlySet<number> = new Set()): Taking {
  const left = [...counts];
  const taken: Recorded[] = [];
  return {
    kind: "taking",
    address: "somewhere",
    mapping: 1,
    filesLane: false,
    inPieces: true,
    limits: { events: 5000 },
    keeps: (view) => view,
    taken,
    async write(batch: readonly Recorded[], { cursor, rest = [] }: WriteContext): Promise<Outcome> {
      const most = left.shift() ?? Number.POSITIVE_INFINITY;
      if (most === 0) return { status: "retry", cause: new Error("not now") };
      const events: Recorded[] = [];
      for (const list of [batch, rest]) {
        for (const event of list) {
          if (events.length === most) break;
          if (bad.has(event.seq)) return { status: "refused", seq: event.seq, cause: new Error("no room") };
          events.push(event);
        }
      }
      taken.push(...events);
      return { status: "accepted", cursor: { ...cursor, through: events.at(-1)!.seq } };
    },
    close: async () => undefined,
  };
}

function journalOf(steps: number) {
  const journal = memoryJournal(run, { clock: instantClock() });
  const writer = journal.writer();
  writer.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "x", createdAt: 1 });
  for (let step = 1; step <= steps; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  writer.append({ kind: "run.ended", status: "finished" });
  return journal;
}

function deliver(steps: number, backend: Backend) {
  const retry = { attempts: 100 };
  const deliveries = memoryDeliveries();
  return forward({ journal: journalOf(steps), backend, deliveries, clock: instantClock(), random: () => 0.5, retry });
}

it("a backend that takes batches in pieces gets every event once and in order, however much it takes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 9000 }),
      fc.array(fc.nat({ max: 6000 }), { maxLength: 10 }),
      fc.array(fc.integer({ min: 2, max: 9000 }), { maxLength: 3 }),
      async (steps, counts, refused) => {
        const bad = new Set(refused.filter((seq) => seq <= steps + 1));
        const backend = taking(counts, bad);
        const { state, delivery } = await deliver(steps, backend);
        const seqs = Array.from({ length: steps + 2 }, (_, i) => i + 1);
        expect(backend.taken.map(({ seq }) => seq)).toEqual(seqs.filter((seq) => !bad.has(seq)));
        expect(backend.taken.at(-1)?.kind).toBe("run.ended");
        expect(delivery.streams.main?.parked.map(({ seq }) => seq)).toEqual([...bad].sort((a, b) => a - b));
        expect(state).toBe(bad.size === 0 ? "delivered" : "incomplete");
      },
    ),
    { numRuns: 40 },
  );
});

it("a backend that takes batches in pieces accepts nothing that it did not look at", async () => {
  const backend = taking([]);
  const broken: Backend = {
    ...backend,
    write: async (batch, { cursor }) => ({
      status: "accepted",
      cursor: { ...cursor, through: batch.at(-1)!.seq + 1 },
    }),
  };
  await expect(deliver(3000, broken)).rejects.toMatchObject({ code: "contract_broken" });
});
