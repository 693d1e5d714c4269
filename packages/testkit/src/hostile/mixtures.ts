import type { Json, RunEvent } from "@runferry/core";
import type { Random } from "../random.ts";
import { awkwardJson, awkwardNumbers, awkwardTexts, collidingNames } from "./corpus.ts";
import { type Draft, draftRun, type HostileRun } from "./draft.ts";
import { awkwardPaths } from "./files.ts";
import { awkwardSteps } from "./steps.ts";

/** A run of everything at once, in an order that only the seed knows. */
export function mixtureRun(seed: number, number: number, events: number): Promise<HostileRun> {
  return draftRun(`mixture ${number}`, seed, async (draft) => {
    const { random } = draft;
    for (let i = 0; i < events; i++) {
      const stream = random.chance(0.2) ? random.pick(["rank-1", "rank-2"]) : undefined;
      if (stream)
        draft.logTo(
          stream,
          random.chance(0.05) ? { kind: "run.resumed", fromStep: random.below(20) } : metrics(random),
        );
      else draft.log(await mainEvent(draft));
    }
    if (random.chance(0.7)) draft.log({ kind: "run.ended", status: random.pick(["finished", "failed", "killed"]) });
  });
}

function metrics(random: Random): RunEvent {
  const step = random.chance(0.5) ? random.below(30) : random.pick(awkwardSteps);
  const names = [random.pick(collidingNames), random.pick(collidingNames), "loss"];
  const values = names.map((name) => [name, random.chance(0.5) ? random.next() : random.pick(awkwardNumbers)] as const);
  const context = random.chance(0.2) ? { context: { set: random.pick(["a", "b"]) } } : {};
  return {
    kind: "metrics.logged",
    ...(step === undefined ? {} : { step }),
    ...context,
    values: Object.fromEntries(values),
  };
}

async function mainEvent({ random, file }: Draft): Promise<RunEvent> {
  const name = random.pick(collidingNames);
  const text = random.pick(awkwardTexts);
  switch (random.below(12)) {
    case 0:
      return {
        kind: "params.set",
        values: Object.fromEntries<Json>([[name, random.pick(Object.values(awkwardJson))]]),
      };
    case 1:
      return { kind: "tags.set", values: Object.fromEntries([[name, random.chance(0.3) ? null : text]]) };
    case 2:
      return { kind: "artifact.logged", file: await file(random.pick(awkwardPaths), random.bytes(random.below(2000))) };
    case 3:
      return { kind: "media.logged", name, media: { type: "text", text } };
    case 4:
      return { kind: "console.logged", from: "stdout", text };
    case 5:
      return { kind: "metric.defined", name, goal: random.pick(["min", "max"]) };
    case 6:
      return random.chance(0.3) ? { kind: "run.resumed", fromStep: random.below(20) } : { kind: "run.resumed" };
    case 7:
      return { kind: "unknown", was: `future.${text.slice(0, 10)}`, fields: awkwardJson };
    default:
      return metrics(random);
  }
}
