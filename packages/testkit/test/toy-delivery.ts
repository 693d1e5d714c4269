import {
  type Backend,
  type Deliveries,
  describeMismatch,
  type ForwardOptions,
  type ForwardResult,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  missingFrom,
  type RunView,
} from "@runferry/core";
import { expect } from "vitest";
import { type CrashPoints, noCrash, type Place } from "../src/index.ts";

/** Delivers without waiting between attempts. */
export function deliver(
  journal: Journal,
  backend: Backend,
  deliveries: Deliveries = memoryDeliveries(),
  options: Partial<ForwardOptions> = {},
): Promise<ForwardResult> {
  const retry = { firstMs: 0, longestMs: 0, attempts: 20 };
  return forward({ journal, backend, deliveries, retry, saveEveryMs: 0, ...options });
}

export async function openAt(place: Place, crash: CrashPoints = noCrash): Promise<Backend> {
  return place.open(crash);
}

/** What the place holds of the run, through its source. */
export async function readBack(place: Place, run: string): Promise<RunView> {
  const source = await place.source();
  for await (const journal of source.runs({ ids: [run] })) return fold(journal);
  throw new Error(`the place does not hold run ${run}`);
}

/** The place holds exactly what `keeps` says, no more and no less. */
export async function expectKept(place: Place, backend: Backend, journal: Journal): Promise<void> {
  const expected = backend.keeps(await fold(journal, { mask: true }));
  const actual = await readBack(place, journal.run);
  expect([...missingFrom(actual, expected)].map(describeMismatch), "missing there").toEqual([]);
  expect([...missingFrom(expected, actual)].map(describeMismatch), "there without reason").toEqual([]);
  expect(actual.started === undefined).toBe(expected.started === undefined);
  expect([...actual.metrics.keys()].sort()).toEqual([...expected.metrics.keys()].sort());
}
