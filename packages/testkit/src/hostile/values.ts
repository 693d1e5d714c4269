import type { Json, RunEnded } from "@runferry/core";
import { awkwardJson, awkwardNumbers, awkwardTexts, collidingNames } from "./corpus.ts";
import { draftRun, type HostileRun } from "./draft.ts";

const finished: RunEnded = { kind: "run.ended", status: "finished", exitCode: 0 };

/** Runs whose numbers, names and texts are the trouble. */
export async function valueRuns(seed: number, names: number): Promise<readonly HostileRun[]> {
  return [
    await draftRun("awkward numbers", seed, ({ log }) => {
      awkwardNumbers.forEach((value, step) => {
        log({ kind: "metrics.logged", step, values: { loss: value } });
      });
      for (const value of awkwardNumbers)
        log({ kind: "metrics.logged", step: 7, values: { loss: value, other: -value } });
      const summary = { count: 2, min: Number.NaN, max: Number.POSITIVE_INFINITY, first: -0, last: 5e-324 };
      log({ ...finished, summary: { loss: summary } });
    }),
    await draftRun(`${names} names`, seed, ({ log, random }) => {
      const all = Array.from({ length: names }, (_, i) => `layer.${i % 97}/weight_${i}`);
      for (let from = 0; from < names; from += 1000) {
        const values = all.slice(from, from + 1000).map((name) => [name, random.next()] as const);
        log({ kind: "metrics.logged", step: 1, values: Object.fromEntries(values) });
      }
      for (const name of all.slice(0, 100)) log({ kind: "metrics.logged", step: 2, values: { [name]: random.next() } });
      log({ kind: "params.set", values: Object.fromEntries(all.slice(0, 500).map((name, i) => [name, i])) });
      log(finished);
    }),
    await draftRun("names that collide", seed, ({ log }) => {
      const each = <T>(value: (i: number) => T) =>
        Object.fromEntries(collidingNames.map((name, i) => [name, value(i)])) as { [name: string]: T };
      log({ kind: "params.set", values: each<Json>((i) => i) });
      log({ kind: "tags.set", values: each((i) => `tag ${i}`) });
      log({ kind: "metrics.logged", step: 1, values: each((i) => i + 0.5) });
      for (const name of collidingNames) log({ kind: "metric.defined", name, goal: "min" });
      for (const name of collidingNames) log({ kind: "metrics.logged", step: 2, values: { [name]: 2 } });
      log(finished);
    }),
    await draftRun(
      "awkward texts",
      seed,
      ({ log }) => {
        awkwardTexts.forEach((text, i) => {
          log({ kind: "params.set", values: { [`text ${i}`]: text, [`list ${i}`]: [text] } });
          log({ kind: "tags.set", values: { [`text ${i}`]: text } });
        });
        log({ kind: "run.ended", status: "finished" });
      },
      { started: { name: "", experiment: "опыт/🚀 ..", description: "line\nline\u202e", user: "", host: "höst" } },
    ),
    await draftRun("structured params", seed, ({ log }) => {
      log({ kind: "params.set", values: awkwardJson });
      log({ kind: "params.set", values: {} });
      log({ kind: "params.set", values: { zero: { now: "an object" }, list: [1, 2] } });
      log({ kind: "params.set", values: { zero: 0, list: null } });
      log(finished);
    }),
    await draftRun("tags set, changed and deleted", seed, ({ log }) => {
      log({ kind: "tags.set", values: { stays: "1", changes: "1", goes: "1", never: null } });
      log({ kind: "tags.set", values: { changes: "2", goes: null } });
      log({ kind: "tags.set", values: { goes: "again" } }, 1_732_181_400_000); // a clock set back
      log({ kind: "tags.set", values: { goes: null, empty: "" } });
      log(finished);
    }),
  ];
}
