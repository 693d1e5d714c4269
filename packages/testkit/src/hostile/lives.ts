import { observerStream, type RunEvent } from "@runferry/core";
import { type Draft, draftRun, type HostileRun, startedAt } from "./draft.ts";

const finished: RunEvent = { kind: "run.ended", status: "finished", exitCode: 0 };

/** Runs whose beginning, end, family and writers are the trouble. */
export async function lifeRuns(seed: number): Promise<readonly HostileRun[]> {
  const parent = await draftRun("a parent", seed, ({ log }) => {
    log({ kind: "tags.set", values: { role: "parent" } });
    log(finished);
  });
  const child = (name: string) =>
    draftRun(name, seed, (draft) => points(draft, 0, 3), {
      started: { parent: parent.journal.run, group: "family / 1", name: "the same name" },
    });
  return [
    await draftRun("nothing but its start", seed, () => undefined),
    await draftRun("a start and an end", seed, ({ log }) => log(finished)),
    await draftRun("no end", seed, (draft) => points(draft, 0, 5)),
    await draftRun("failed", seed, (draft) => {
      points(draft, 0, 3);
      const error = {
        type: "ValueError",
        message: 'line\n🚀 "quoted"',
        trace: `Traceback:\n${"  frame\n".repeat(500)}`,
      };
      draft.log({ kind: "run.ended", status: "failed", exitCode: -1, error });
    }),
    await draftRun("killed, seen from outside", seed, (draft) => {
      points(draft, 0, 3);
      draft.logTo(observerStream, { kind: "run.ended", status: "killed", after: 4 });
    }),
    await draftRun("an end seen too early", seed, (draft) => {
      points(draft, 0, 3);
      draft.logTo(observerStream, { kind: "run.ended", status: "killed", exitCode: 137, after: 4 });
      points(draft, 3, 6);
      draft.log(finished);
    }),
    await draftRun("an end seen too early, and none since", seed, (draft) => {
      points(draft, 0, 3);
      draft.logTo(observerStream, { kind: "run.ended", status: "killed", after: 3 });
    }),
    await draftRun("resumed without a step", seed, (draft) => {
      points(draft, 0, 5);
      draft.log({ kind: "run.ended", status: "failed", exitCode: 1 });
      draft.log({ kind: "run.resumed" }, startedAt + 3_600_000);
      points(draft, 3, 8);
      draft.log(finished);
    }),
    await draftRun("resumed from a step, twice", seed, (draft) => {
      points(draft, 0, 6);
      draft.log({ kind: "metrics.logged", values: { loss: 99 } });
      draft.log({ kind: "run.ended", status: "killed" });
      draft.log({ kind: "run.resumed", fromStep: 3 });
      points(draft, 3, 8);
      draft.log({ kind: "run.resumed", fromStep: -2 });
      draft.log({ kind: "metrics.logged", step: -1, values: { loss: 1, fresh: 1 } });
      draft.log({ kind: "run.resumed", fromStep: 1_000_000 });
      draft.log(finished);
    }),
    await draftRun("resumed and running", seed, (draft) => {
      points(draft, 0, 2);
      draft.log(finished);
      draft.log({ kind: "run.resumed", fromStep: 2 });
      points(draft, 2, 4);
    }),
    parent,
    await child("a child"),
    await child("its sibling"),
    await draftRun("three streams", seed, (draft) => {
      for (let step = 0; step < 6; step++) {
        draft.log({ kind: "metrics.logged", step, values: { loss: step } });
        draft.logTo("rank-1", { kind: "metrics.logged", step, values: { loss: step + 0.5, gpu: step } });
        if (step % 2 === 0) draft.logTo("rank.2", { kind: "metrics.logged", step, values: { loss: step + 0.25 } });
      }
      draft.logTo("rank-1", { kind: "run.resumed", fromStep: 4 });
      draft.logTo("rank-1", { kind: "metrics.logged", step: 4, values: { loss: 40 } });
      draft.logTo("rank-1", { kind: "console.logged", from: "stderr", text: "rank 1 is leaving\n" });
      draft.logTo("rank-1", { kind: "writer.ended" });
      draft.log(finished);
      draft.logTo("rank.2", { kind: "metrics.logged", step: 6, values: { loss: 6.25 } }); // after the end of main
    }),
    await draftRun(
      "imported",
      seed,
      (draft) => {
        points(draft, 0, 3);
        draft.log(finished);
      },
      {
        started: {
          source: { layout: "mlruns", id: "0/4f2a" },
          command: ["python", "train.py", "--lr", "1e-05", "--name", "ä 'b'"],
          git: { commit: "45e95208", dirty: true, branch: "feature/ü" },
          system: { python: "3.11.2", gpus: [{ name: "A100", gib: 80 }], nothing: null },
          pid: 4_194_304,
          createdAt: 0,
        },
      },
    ),
  ];
}

function points({ log }: Draft, from: number, to: number): void {
  for (let step = from; step < to; step++)
    log({ kind: "metrics.logged", step, values: { loss: 1 / (step + 1), step } });
}
