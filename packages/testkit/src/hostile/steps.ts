import { checkStep, type RunEvent } from "@runferry/core";
import { type Draft, draftRun, type HostileRun, startedAt } from "./draft.ts";

const finished: RunEvent = { kind: "run.ended", status: "finished", exitCode: 0 };

/** Steps that are far out, fall, come twice or are missing. */
export const awkwardSteps: readonly (number | undefined)[] = [
  0,
  1,
  1,
  2,
  2,
  undefined,
  undefined,
  10,
  9,
  8,
  5,
  11,
  3,
  12,
  -1,
  -5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 + 1,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  13,
];

/** Runs whose steps, times and contexts are the trouble. */
export async function stepRuns(seed: number): Promise<readonly HostileRun[]> {
  return [
    await draftRun("awkward steps", seed, ({ log }) => {
      awkwardSteps.forEach((step, i) => {
        log({ kind: "metrics.logged", ...(step === undefined ? {} : { step }), values: { loss: i, other: -i } });
      });
      log(finished);
    }),
    await draftRun("steps that are no whole numbers", seed, (draft) => {
      for (const step of [0.5, -0, 1e300, Number.NaN, 2 ** 53, 3]) logAtStep(draft, step, { loss: 1 });
      draft.log(finished);
    }),
    await draftRun("no steps at all", seed, ({ log }) => {
      for (let i = 0; i < 20; i++) log({ kind: "metrics.logged", values: i % 3 ? { loss: i } : { loss: i, rare: i } });
      log(finished);
    }),
    await draftRun("equal points", seed, ({ log }) => {
      for (let i = 0; i < 6; i++)
        log({ kind: "metrics.logged", step: 1, values: { loss: 0.5, nan: Number.NaN } }, startedAt);
      for (let i = 0; i < 4; i++) log({ kind: "metrics.logged", values: { loss: 0.5 } }, startedAt);
      for (const value of [0, -0, 0]) log({ kind: "metrics.logged", step: 2, values: { loss: value } }, startedAt);
      log(finished, startedAt);
    }),
    await draftRun("times closer than a millisecond", seed, ({ log }) => {
      for (let i = 0; i < 12; i++) {
        log({ kind: "metrics.logged", step: i, values: { loss: i } }, startedAt + i / 1000);
        log({ kind: "metrics.logged", step: 5, values: { same: i } }, startedAt + i / 1000);
      }
      log({ kind: "metrics.logged", step: 12, values: { loss: 12 } }, startedAt - 60_000); // a clock set back
      log({ kind: "metrics.logged", step: 13, values: { loss: 13 } }, startedAt + 90 * 86_400_000);
      log(finished, startedAt + 90 * 86_400_000);
    }),
    await draftRun("contexts", seed, ({ log }) => {
      for (let step = 0; step < 4; step++) {
        log({ kind: "metrics.logged", step, values: { loss: step } });
        log({ kind: "metrics.logged", step, context: {}, values: { loss: step + 0.1 } });
        log({ kind: "metrics.logged", step, context: { dataset: "test", fold: "1" }, values: { loss: step + 0.2 } });
        log({ kind: "metrics.logged", step, context: { fold: "1", dataset: "test" }, values: { loss: step + 0.3 } });
        log({ kind: "metrics.logged", step, context: { "a/b": "é\n", "": "" }, values: { loss: step + 0.4 } });
        log({ kind: "metrics.logged", step, values: { 'loss{dataset="test"}': step } });
      }
      log(finished);
    }),
    await draftRun("metrics with an axis of their own", seed, ({ log }) => {
      log({ kind: "metric.defined", name: "val/loss", stepMetric: "epoch", goal: "min" });
      log({ kind: "metric.defined", name: "never logged", goal: "max" });
      for (let step = 0; step < 5; step++)
        log({ kind: "metrics.logged", step, values: { epoch: step / 2, "val/loss": step } });
      log({ kind: "metric.defined", name: "val/loss", stepMetric: "epoch", goal: "max" });
      log({ kind: "metric.defined", name: "late", stepMetric: "missing" });
      log({ kind: "metrics.logged", step: 9, values: { late: 1 } });
      log(finished);
    }),
  ];
}

/** What a run does with a step that a caller gave. */
function logAtStep({ log }: Draft, step: number, values: { readonly [name: string]: number }): void {
  const checked = checkStep(step);
  if (checked.value !== undefined) log({ kind: "metrics.logged", values: { ...values, step: checked.value } });
  else log({ kind: "metrics.logged", ...(checked.step === undefined ? {} : { step: checked.step }), values });
}
