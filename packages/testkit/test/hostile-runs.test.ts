import { createDecoder, createEncoder, fold, type Recorded } from "@runferry/core";
import { createRandom, type HostileRun, hostileRuns, plainRun, rounds, smallRun } from "@runferry/testkit";
import { describe, expect, test } from "vitest";

const small = { names: 20, largestFile: 100 };

async function linesOf({ journal }: HostileRun): Promise<string> {
  const encode = createEncoder();
  const parts: Buffer[] = [];
  for await (const stream of journal.streams()) {
    for await (const chunk of stream.read()) for (const event of chunk) parts.push(Buffer.from(encode(event)));
  }
  return Buffer.concat(parts).toString();
}

describe("hostile runs", () => {
  test("are the same for the same seed, and others for another", async () => {
    const [one, same, other] = await Promise.all([7, 7, 8].map((seed) => hostileRuns(seed, small)));
    const texts = await Promise.all([one!, same!, other!].map((runs) => Promise.all(runs.map(linesOf))));
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]).not.toEqual(texts[2]);
  });

  test("have names and ids of their own", async () => {
    const runs = await hostileRuns(1, small);
    expect(new Set(runs.map((run) => run.name)).size).toBe(runs.length);
    expect(new Set(runs.map((run) => run.journal.run)).size).toBe(runs.length);
    expect(runs.length).toBeGreaterThan(35);
  });

  test("survive the journal's encoding unchanged", async () => {
    for (const run of await hostileRuns(2, small)) {
      const encode = createEncoder();
      for await (const stream of run.journal.streams()) {
        const events: Recorded[] = [];
        for await (const chunk of stream.read()) events.push(...chunk);
        const decoder = createDecoder();
        expect(
          events.flatMap((event) => decoder.push(encode(event).slice())),
          run.name,
        ).toEqual(events);
      }
    }
  });

  test("have 10 000 names and a file of a mebibyte by default", async () => {
    const views = await Promise.all((await hostileRuns(1)).map((run) => fold(run.journal)));
    expect(Math.max(...views.map((view) => view.metrics.size))).toBe(10_000);
    expect(Math.max(...views.flatMap((view) => [...view.artifacts.values()].map((one) => one.file.bytes)))).toBe(
      1024 * 1024,
    );
  });

  test("beside them, a plain run has nothing that any place could not hold", async () => {
    const view = await fold((await plainRun()).journal);
    expect(view.status).toBe("finished");
    for (const [name, { series }] of view.metrics) {
      expect(name).toMatch(/^[a-z]+$/);
      const points = [...series.points()];
      expect(points.map((point) => point.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(points.every((point) => Number.isInteger(point.at) && Math.fround(point.value) === point.value)).toBe(
        true,
      );
      expect(new Set(points.map((point) => point.at)).size).toBe(10);
    }
  });

  test("and a small run has most kinds of event in two streams, with one file", async () => {
    const kinds: string[] = [];
    let streams = 0;
    for await (const stream of (await smallRun()).journal.streams()) {
      streams++;
      for await (const chunk of stream.read()) kinds.push(...chunk.map((event) => event.kind));
    }
    expect(streams).toBe(2);
    expect(kinds).toHaveLength(12);
    expect(kinds.filter((kind) => kind === "artifact.logged")).toHaveLength(1);
    expect(new Set(kinds).size).toBeGreaterThanOrEqual(10);
  });
});

describe("random", () => {
  test("gives the same numbers for the same seed, spread evenly", () => {
    const take = (seed: number) => Array.from({ length: 1000 }, createRandom(seed).next);
    expect(take(1)).toEqual(take(1));
    for (const numbers of [take(1), take(2), take(2 ** 40)]) {
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
      expect(Math.abs(numbers.reduce((sum, number) => sum + number) / 1000 - 0.5)).toBeLessThan(0.05);
    }
    expect(take(1)).not.toEqual(take(2));
    expect(take(1)).not.toEqual(take(1 + 2 ** 32));
  });
});

describe("rounds", () => {
  test("are multiplied in a rehearsal, from a seed that stays", () => {
    const usual = Number(process.env.RUNFERRY_ROUNDS ?? 1);
    expect(rounds(10).numRuns).toBe(10 * usual);
    expect(rounds(10).seed).toBe(rounds(20).seed);
  });
});
