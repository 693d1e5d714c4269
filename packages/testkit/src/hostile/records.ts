import { type RunEvent, spelled } from "@runferry/core";
import { draftRun, type HostileRun, utf8 } from "./draft.ts";

const finished: RunEvent = { kind: "run.ended", status: "finished", exitCode: 0 };

/** Runs with what many destinations have no place for. */
export async function recordRuns(seed: number): Promise<readonly HostileRun[]> {
  return [
    await draftRun("datasets and models", seed, async ({ log, file }) => {
      log({ kind: "dataset.used", name: "mnist", digest: "abc", source: "s3://bucket/mnist", purpose: "training" });
      log({
        kind: "dataset.used",
        name: "mnist",
        digest: "abc",
        purpose: "test",
        metadata: { rows: spelled("10000.0") },
      });
      log({ kind: "dataset.used", name: "" });
      log({ kind: "artifact.logged", file: await file("model/MLmodel", utf8("flavors: {}\n")) });
      log({ kind: "artifact.logged", file: await file("model/data/weights.bin", utf8("weights")) });
      const metrics = { loss: Number.NaN, best: Number.NEGATIVE_INFINITY, zero: -0 };
      log({
        kind: "model.logged",
        name: "net",
        path: "model",
        flavor: "pytorch",
        step: 3,
        metrics,
        metadata: { a: [] },
      });
      log({ kind: "model.logged", name: "net", path: "model" });
      log({
        kind: "model.registered",
        name: "prod/net ü",
        path: "model",
        version: "3",
        stage: "Staging",
        aliases: ["best", "best"],
        tags: { "a/b": "" },
        description: "two\nlines",
      });
      log({ kind: "model.registered", name: "never logged", path: "elsewhere" });
      log(finished);
    }),
    await draftRun("alerts and console", seed, ({ log }) => {
      log({ kind: "alert.raised", title: "loss is NaN", level: "error", text: "at step 3\n🚀" });
      log({ kind: "alert.raised", title: "", level: "info" });
      log({ kind: "alert.raised", title: "loss is NaN", level: "error", text: "at step 3\n🚀" });
      for (const text of [
        "one\ntwo\nthree\n",
        "no newline",
        "\n",
        "",
        " 10%\r 50%\r100%\n",
        "\u001b[31mred\u001b[0m\n",
        "a\r\nb\r\n",
      ]) {
        log({ kind: "console.logged", from: "stdout", text });
        log({ kind: "console.logged", from: "stderr", text });
      }
      log(finished);
    }),
    await draftRun("events that are lost", seed, ({ log }) => {
      log({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
      log({ kind: "events.lost", count: 3, reason: "the disk was full" });
      log({
        kind: "events.lost",
        count: 1,
        reason: "damaged in the journal",
        where: "journal/main.ndjson bytes 10–20",
      });
      log({ kind: "metrics.logged", step: 5, values: { loss: 5 } });
      log(finished);
    }),
    await draftRun("kinds from the future", seed, ({ log }) => {
      log({ kind: "unknown", was: "energy.measured", fields: { joules: spelled("1.50"), per: { gpu: [1, null] } } });
      log({ kind: "unknown", was: "", fields: {} });
      log({ kind: "unknown", was: "unknown", fields: { crc: "00000000", kinds: "several" } });
      log({ kind: "unknown", was: "constructor", fields: Object.fromEntries([["__proto__", { a: 1 }]]) });
      log(finished);
    }),
  ];
}
