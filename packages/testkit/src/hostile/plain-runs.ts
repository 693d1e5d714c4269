import { draftRun, type HostileRun, utf8 } from "./draft.ts";

const wholeSecond = 1_732_181_400_000;

/**
 * A run that every destination can hold: legal names, rising steps, finite values that 32 bits hold, whole and distinct
 * milliseconds, small files, a proper end. Nothing of it may be lost or left out anywhere.
 */
export function plainRun(): Promise<HostileRun> {
  return draftRun(
    "plain",
    1,
    async ({ log, file }) => {
      log({ kind: "params.set", values: { lr: 0.5, epochs: 10, optimizer: "adam" } });
      log({ kind: "tags.set", values: { team: "vision" } });
      for (let step = 1; step <= 10; step++) {
        log({ kind: "metrics.logged", step, values: { loss: 1 / 2 ** step, accuracy: step / 16 } });
      }
      log({ kind: "artifact.logged", file: await file("model/weights.bin", utf8("some weights")) });
      log({ kind: "artifact.logged", file: await file("notes.txt", utf8("a note\n")) });
      log({ kind: "run.ended", status: "finished", exitCode: 0 });
    },
    { everyMs: 1000, startedAt: wholeSecond, started: { name: "plain_run", experiment: "plain" } },
  );
}

/** A dozen events of most kinds in two streams, with one file: small enough to try every point of a crash. */
export function smallRun(): Promise<HostileRun> {
  return draftRun("small", 1, async ({ log, logTo, file }) => {
    log({ kind: "params.set", values: { lr: 0.1, näme: ["🚀", null] } });
    log({ kind: "tags.set", values: { team: "vision" } });
    log({ kind: "metrics.logged", step: 1, values: { loss: 0.5, aux: Number.NaN } });
    logTo("rank-1", { kind: "metrics.logged", step: 1, values: { loss: 0.75 } });
    log({ kind: "artifact.logged", file: await file("model/wéights.bin", utf8("some weights")) });
    log({ kind: "media.logged", name: "note", step: 1, media: { type: "text", text: "zwei\nZeilen ü" } });
    log({ kind: "metrics.logged", step: 2, values: { loss: 0.25 } });
    log({ kind: "console.logged", from: "stdout", text: "épisode 2\n" });
    log({ kind: "unknown", was: "energy.measured", fields: { joules: 1.5 } });
    logTo("rank-1", { kind: "writer.ended" });
    log({ kind: "run.ended", status: "finished", exitCode: 0 });
  });
}
