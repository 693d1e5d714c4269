import { countOf, type Delivery, fold, type Journal, memoryDeliveries, type Outcome, verify } from "@runferry/core";
import { afterEach, describe, expect, test } from "vitest";
import {
  Crash,
  createCrashPoints,
  createToyServerSubject,
  type FaultKind,
  faultKinds,
  type ToyServerOptions,
  type ToyServerPlace,
} from "../src/index.ts";
import { escapeName } from "../src/toys/toy-client-rules.ts";
import { deliver, expectKept, openAt, readBack } from "./toy-delivery.ts";
import { emptyJournal, hostileJournal, journals, plainJournal, runId } from "./toy-journals.ts";

const places: ToyServerPlace[] = [];

async function place(options: ToyServerOptions = {}): Promise<ToyServerPlace> {
  const created = await createToyServerSubject(options).create();
  places.push(created);
  return created;
}

afterEach(async () => {
  for (const created of places.splice(0)) await created.remove();
});

describe("faults", () => {
  test("over a hostile network everything arrives once, and every kind of fault was met", async () => {
    const met = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
    for (let seed = 1; seed <= 6; seed++) {
      for (const [name, create] of Object.entries(journals)) {
        if (name === "10 000 names" && seed > 1) continue;
        const at = await place({ faults: { seed }, lateMs: 1 });
        const journal = await create();
        const backend = await openAt(at);
        const result = await deliver(journal, backend, memoryDeliveries(), { batch: { events: 4 } });
        expect(result).toMatchObject({ state: "delivered" });
        await expectKept(at, backend, journal);
        for (const [kind, count] of at.server.faults.counts) met.set(kind, met.get(kind)! + count);
      }
    }
    console.log(`faults: ${[...met].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);
    for (const kind of faultKinds) expect(met.get(kind), kind).toBeGreaterThan(0);
  });

  test("a run whose creation was never acknowledged is found, not made again", async () => {
    const at = await place();
    at.server.faults.plan("answer late", "answer dropped");
    const journal = await plainJournal();
    const backend = await openAt(at);
    const { delivery } = await deliver(journal, backend);
    expect(delivery.remote).toEqual({ id: "r-1", url: `${at.server.url}/runs/r-1` });
    expect(at.server.faults.counts.get("answer dropped")).toBe(1);
    await expectKept(at, backend, journal);
  });

  test.each(["unavailable", "too many"] as const)(
    "%s: the wait that the server asks for is handed on",
    async (kind) => {
      const at = await place({ retryAfterSeconds: 7 });
      at.server.faults.plan(kind);
      const outcomes = await firstOutcome(at, await plainJournal());
      expect(outcomes).toMatchObject({ status: "retry", afterMs: 7000, cause: { code: "unavailable" } });
    },
  );

  test("crashes on top of it lose and double nothing", async () => {
    const journal = await journals["many streams"]!();
    for (let seed = 1; seed <= 20; seed++) {
      const at = await place({ faults: { seed }, lateMs: 1 });
      const deliveries = memoryDeliveries();
      const options = { batch: { events: 3 }, saveEveryMs: seed % 2 === 0 ? 0 : 1e9 };
      for (let life = 1; life <= 3; life++) {
        const backend = await openAt(at, createCrashPoints(seed + life * 3));
        await deliver(journal, backend, deliveries, options).catch((cause: unknown) => {
          if (!(cause instanceof Crash)) throw cause;
        });
      }
      const backend = await openAt(at);
      expect(await deliver(journal, backend, deliveries, options)).toMatchObject({ state: "delivered" });
      await expectKept(at, backend, journal);
    }
  });

  test("the same seed makes the same faults", async () => {
    const counts = async () => {
      const at = await place({ faults: { seed: 5, rate: 0.5 }, lateMs: 0 });
      await deliver(await plainJournal(), await openAt(at), memoryDeliveries(), { batch: { events: 1 } });
      return [...at.server.faults.counts];
    };
    expect(await counts()).toEqual(await counts());
  });
});

/** What the first write of the delivery says. */
async function firstOutcome(at: ToyServerPlace, journal: Journal): Promise<Outcome> {
  const backend = await openAt(at);
  const seen: Outcome[] = [];
  const stop = new AbortController();
  const listening = {
    ...backend,
    async write(...call: Parameters<typeof backend.write>) {
      const outcome = await backend.write(...call);
      seen.push(outcome);
      stop.abort();
      return outcome;
    },
  };
  await deliver(journal, listening, memoryDeliveries(), { signal: stop.signal });
  return seen[0]!;
}

test("without credentials nothing is sent, and with them it goes on", async () => {
  const at = await place();
  const journal = await plainJournal();
  const deliveries = memoryDeliveries();
  at.server.setLocked(true);
  expect(await firstOutcome(at, journal)).toMatchObject({ status: "retry", cause: { code: "needs_credentials" } });
  const backend = await openAt(at);
  expect(await deliver(journal, backend, deliveries)).toMatchObject({ state: "incomplete" });
  at.server.setLocked(false);
  expect(await deliver(journal, backend, deliveries)).toMatchObject({ state: "delivered" });
  await expectKept(at, backend, journal);
});

test("a run deleted there is gone, not made again", async () => {
  const at = await place();
  const journal = await hostileJournal();
  const deliveries = memoryDeliveries();
  const backend = await openAt(at);
  await deliver(journal, backend, deliveries);
  at.server.removeRun(runId);
  journal.writer().append({ kind: "writer.ended" });
  expect(await deliver(journal, backend, deliveries)).toMatchObject({ state: "gone" });
});

test("an entry that is too long is parked; the rest arrives, and verify finds it lost", async () => {
  const at = await place({ longestEntry: 300 });
  const journal = emptyJournal();
  const main = journal.writer();
  for (const text of ["short", "x".repeat(400), "short too"]) {
    main.append({ kind: "alert.raised", title: "t", text, level: "warn" });
    main.append({ kind: "metrics.logged", values: { loss: 1 } });
  }
  const backend = await openAt(at);
  const { state, delivery } = await deliver(journal, backend);
  expect(state).toBe("incomplete");
  expect(parkedOf(delivery)).toEqual([3]);
  const verdict = verify(await fold(journal), backend.keeps, await readBack(at, runId));
  expect(verdict.complete).toBe(false);
  expect(countOf(verdict.differences, "lost")).toBe(1);
});

function parkedOf(delivery: Delivery): readonly number[] {
  return Object.values(delivery.streams).flatMap(({ parked }) => parked.map(({ seq }) => seq));
}

describe("files", () => {
  test("arrive whole, every version of a path, and are read from any byte", async () => {
    const at = await place();
    const journal = emptyJournal();
    const main = journal.writer();
    const versions = [new Uint8Array(0), new Uint8Array(300_000).fill(7), new TextEncoder().encode("last")];
    const files = [];
    for (const bytes of versions) {
      const file = await journal.putFile("a b/é.bin", bytes);
      files.push(file);
      main.append({ kind: "artifact.logged", file });
    }
    const reported: number[] = [];
    const backend = await openAt(at);
    await deliver(journal, backend, memoryDeliveries(), {
      onProgress: (progress) => progress.type === "sending file" && reported.push(progress.sent),
    });
    await expectKept(at, backend, journal);
    const source = await at.source();
    for await (const copy of source.runs()) {
      for (const [i, file] of files.entries()) {
        expect(await textOf(copy.open(file, { start: 2 }))).toBe(
          Buffer.from(versions[i]!.subarray(2)).toString("latin1"),
        );
      }
      const unknown = { path: "no", sha256: "0".repeat(64), bytes: 1 };
      await expect(textOf(copy.open(unknown))).rejects.toMatchObject({ code: "file_missing" });
    }
    expect(Math.max(...reported)).toBe(300_000);
  });

  test("cancelled under way are sent whole later, and not parked", async () => {
    const at = await place();
    const journal = emptyJournal();
    const main = journal.writer();
    main.append({ kind: "artifact.logged", file: await journal.putFile("a", new Uint8Array(500_000)) });
    main.append({ kind: "run.ended", status: "finished" });
    const deliveries = memoryDeliveries();
    const stop = new AbortController();
    const backend = await openAt(at);
    const stopped = await deliver(journal, backend, deliveries, {
      signal: stop.signal,
      onProgress: (progress) => progress.type === "sending file" && stop.abort(),
    });
    expect(stopped.state).toBe("cancelled");
    expect(await deliver(journal, backend, deliveries)).toMatchObject({ state: "delivered" });
    await expectKept(at, backend, journal);
  });

  test.each([
    ["that are not there any more", { path: "a", sha256: "0".repeat(64), bytes: 1 }, "has no bytes"],
    ["that are longer than they were", "bytes", "were announced"],
  ] as const)("%s are parked, and the facts arrive", async (_name, wrong, reason) => {
    const at = await place();
    const journal = emptyJournal();
    const main = journal.writer();
    const file = await journal.putFile("a", new Uint8Array(10));
    main.append({ kind: "artifact.logged", file: wrong === "bytes" ? { ...file, bytes: 9 } : wrong });
    main.append({ kind: "run.ended", status: "finished" });
    const { state, delivery } = await deliver(journal, await openAt(at));
    expect(state).toBe("incomplete");
    expect(delivery.streams.main!.parked).toMatchObject([
      { seq: 1, lane: "files", reason: expect.stringContaining(reason) },
    ]);
    expect((await readBack(at, runId)).status).toBe("finished");
  });
});

test("no two metric names are escaped to one", () => {
  const parts = ["", "_", "x", "_x", "41", "A", "_x41_", "é", "😀", "\ud800", "/", "_x_", "-"];
  const names = new Set(parts.flatMap((a) => parts.flatMap((b) => parts.map((c) => a + b + c))));
  expect(new Set([...names].map(escapeName)).size).toBe(names.size);
  for (const name of names) expect(escapeName(name)).toMatch(/^[A-Za-z0-9_./ -]+$/);
  expect(escapeName("a/b_c.d e-1")).toBe("a/b_c.d e-1");
});

async function textOf(reading: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of reading) parts.push(part);
  return Buffer.concat(parts).toString("latin1");
}
