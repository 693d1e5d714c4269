// What the golden journals say. Each stands for one thing that the format can say; together they say all of it.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import type { Context, MediaLogged, RunEvent } from "@runferry/core";
import type { GoldenRun } from "./golden-run.ts";

export interface Golden {
  /** The name of its folder. */
  readonly name: string;
  readonly shows: string;
  write(run: GoldenRun): void;
  /** What happens to `journal/main.ndjson` when its writer has gone. */
  harm?(path: string): void;
}

const values = (values: { readonly [name: string]: number }, step?: number, context?: Context): RunEvent => ({
  kind: "metrics.logged",
  ...(step === undefined ? {} : { step }),
  ...(context === undefined ? {} : { context }),
  values,
});

const finished: RunEvent = { kind: "run.ended", status: "finished" };

export const goldens: readonly Golden[] = [
  {
    name: "training",
    shows: "a small training",
    write({ start, log }) {
      start();
      log({ kind: "params.set", values: { lr: 0.5, hidden: [256, 128], optimizer: { name: "adam" }, resume: null } });
      log({ kind: "tags.set", values: { team: "ml", fold: "2" } });
      for (const step of [0, 1, 2]) log(values({ loss: 1 / (step + 1), "val/auc": 0.7 + step / 8 }, step));
      log(values({ accuracy: 0.875 }, undefined, { dataset: "test" }));
      log(finished);
    },
  },
  {
    name: "values",
    shows: "numbers at their limits, and names of any letters",
    write({ start, log }) {
      start();
      log(values({ nan: Number.NaN, up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY, minus: -0 }, 0));
      log(values({ zero: 0, tenth: 0.1, third: 1 / 3, large: 1e21, below: 123456789012345680000, short: 1.5e300 }, 1));
      log(values({ small: 1e-7, above: 0.000001, least: 5e-324, most: Number.MAX_VALUE, odd: 2 ** 53 + 2 }, 2));
      for (const step of [-1, -(2 ** 53 - 1), 2 ** 53 - 1]) log(values({ far: step / 2 }, step));
      log(values({ nostep: 1 }));
      log(values({ "é/🚀": 1, 'a "b"\\\n\u0001\u007f': 2, "": 3, constructor: 4 }));
      log(JSON.parse('{"kind":"metrics.logged","values":{"__proto__":5}}'));
    },
  },
  {
    name: "order",
    shows: "the last point of a series: by time, then step, then value; and points that are told twice",
    write({ start, log }) {
      start();
      log(values({ loss: 3 }, 5), 0);
      log(values({ loss: 2 }, 4), 0);
      log(values({ loss: 9 }), 0);
      log(values({ loss: Number.NaN }, 5), 0);
      log(values({ loss: 1 }, 5), 0);
      log(values({ loss: 1 }, 5), 0);
      log(values({ loss: 0, auc: 0 }, 1), 0.125);
      log(values({ loss: -0, auc: 1 }, 1), 0);
    },
  },
  {
    name: "clock",
    shows: "times with three decimals, and a clock that is set back: the time stands still",
    write({ start, log }) {
      start();
      log(values({ loss: 1 }, 1), 0.4567);
      log(values({ loss: 2 }, 2), 1.5);
      log(values({ loss: 3 }, 3), -60_000);
      log(values({ loss: 4 }, 4), 60_000.25);
    },
  },
  {
    name: "context",
    shows: "points of one metric that are told apart, in whatever order the words of their context stand",
    write({ start, log }) {
      start();
      log(values({ auc: 0.5 }, 1, { dataset: "test", model: "a/b" }));
      log(values({ auc: 0.625 }, 1, { model: "a/b", dataset: "test" }));
      log(values({ auc: 0.75 }, 1, { dataset: "train" }));
      log(values({ auc: 1, loss: Number.NaN }, 1));
    },
  },
  {
    name: "definitions",
    shows:
      "metrics with an x axis of their own and a goal, one defined again, one without points; values that are none",
    write({ start, log }) {
      start();
      log({ kind: "metric.defined", name: "val/auc", stepMetric: "epoch", goal: "min" });
      log(values({ "val/auc": 0.5, epoch: 1 }, 100));
      log({ kind: "metric.defined", name: "val/auc", stepMetric: "epoch", goal: "max" });
      log({ kind: "metric.defined", name: "later", goal: "min" });
      log(values({}, 200));
      log(values({ epoch: 2 }, 200, {}));
    },
  },
  {
    name: "params",
    shows: "params of every kind of JSON, and one that was changed",
    write({ start, logJson }) {
      start();
      logJson('{"kind":"params.set","values":{"lr":1e-05,"momentum":1.0,"seed":18446744073709551615,"minus":-0.0}}');
      logJson(
        '{"kind":"params.set","values":{"deep":{"b":[1,2.5,{"a":null}],"a":true},"empty":{},"none":[],"text":""}}',
      );
      logJson(
        '{"kind":"params.set","values":{"é":"a \\"word\\"\\n\\u0001","__proto__":{"x":1},"odd":"NaN","lr":0.001}}',
      );
    },
  },
  {
    name: "spellings",
    shows: "numbers of params, spelled in all the ways that JSON allows: each as its author did",
    write({ start, logJson }) {
      start();
      logJson(
        '{"kind":"params.set","values":{"a":-0,"b":0.10,"c":1E+2,"d":1e400,"e":0.1000000000000000055511151231257827}}',
      );
      logJson('{"kind":"params.set","values":{"deep":[[{"x":-0.0e-0}],100000000000000000000000]}}');
    },
  },
  {
    name: "tags",
    shows: "tags set, changed, without a value, and deleted",
    write({ start, log }) {
      start();
      log({ kind: "tags.set", values: { team: "ml", stage: "draft", word: "" } });
      log({ kind: "tags.set", values: { stage: "final", team: null, absent: null } });
    },
  },
  {
    name: "started",
    shows: "all that a run may say of itself, here an imported one",
    write({ start, log, logJson }) {
      start({
        parent: "01jd6zzzzz0000000000000000",
        group: "sweep-3",
        description: "two\nlines",
        user: "somebody",
        host: "node-7",
        pid: 4321,
        command: ["python3", "train.py", ""],
        git: { commit: "0123456789abcdef0123456789abcdef01234567", dirty: true, branch: "main" },
        system: { cores: 8, gpu: { name: "x", memory: [1, 2] } },
        source: { layout: "lab", id: "run_001" },
      });
      logJson('{"kind":"params.set","values":{"lr":"0.001"}}');
      log(finished);
    },
  },
  {
    name: "media",
    shows: "everything that can be looked at, and the files of it",
    write({ start, log, media }) {
      start();
      const add = (name: string, one: MediaLogged["media"], step?: number, context?: Context) =>
        log({
          kind: "media.logged",
          name,
          ...(step === undefined ? {} : { step }),
          ...(context && { context }),
          media: one,
        });
      const png = media(new Uint8Array([0x89, 0x50, 0x4e, 0x47]), "sample.png");
      add("sample", { type: "image", file: png, caption: "a digit", width: 28, height: 28 }, 1, { dataset: "test" });
      add("sound", { type: "audio", file: media(new Uint8Array([82, 73, 70, 70]), "sound.wav"), sampleRate: 22050 }, 1);
      add("weights", { type: "histogram", edges: [-1, 0, 0.5, 1e300], counts: [1, 0, 2.5] }, 1);
      add(
        "table",
        {
          type: "table",
          columns: ["id", "score"],
          rows: [
            [1, 0.5],
            ["x", null],
            [{ a: [] }, true],
          ],
        },
        2,
      );
      add("text", { type: "text", text: "# é\n", format: "markdown" }, 2);
      add("plain", { type: "text", text: "" });
      add("curve", { type: "figure", spec: { mark: "line", data: { values: [{ x: 1 }] } }, caption: "loss" }, 2);
      add("drawn", { type: "figure", file: media(new TextEncoder().encode("<svg/>"), "drawn.svg") }, 2);
      add("sample", { type: "image", file: png }, 2);
    },
  },
  {
    name: "artifacts",
    shows: "files under the user's names, a replaced version, the same bytes twice, one that was left in its place",
    write({ start, log, artifact }) {
      start();
      log({ kind: "artifact.logged", file: artifact("first", "out/größe.txt"), type: "text", metadata: { rows: 1 } });
      log({ kind: "artifact.logged", file: artifact("weights", "model.bin") });
      log({ kind: "artifact.logged", file: artifact("weights", "copies/model.bin") });
      log({ kind: "artifact.logged", file: artifact("second", "out/größe.txt") });
      log({ kind: "artifact.logged", file: artifact("", "empty") });
      const elsewhere = { path: "clicks.csv", sha256: "0".repeat(64), bytes: 4_000_000_000 };
      log({ kind: "artifact.logged", file: elsewhere, reference: "s3://bucket/clicks.csv" });
    },
  },
  {
    name: "models",
    shows: "datasets, models and what was registered of them",
    write({ start, log, artifact }) {
      start();
      log({
        kind: "dataset.used",
        name: "clicks",
        digest: "v3",
        source: "s3://bucket/clicks",
        purpose: "training",
        metadata: { rows: 10 },
      });
      log({ kind: "dataset.used", name: "held out" });
      log({ kind: "artifact.logged", file: artifact("onnx", "models/wide/model.onnx") });
      const metrics = { auc: 0.75, loss: Number.NaN, best: Number.NEGATIVE_INFINITY };
      log({
        kind: "model.logged",
        name: "wide",
        path: "models/wide",
        flavor: "onnx",
        step: 100,
        metrics,
        metadata: { layers: [1] },
      });
      log({ kind: "model.logged", name: "bare", path: "models/wide/model.onnx" });
      const version = {
        version: "3",
        stage: "Staging",
        aliases: ["champion"],
        tags: { checked: "yes" },
        description: "of today",
      };
      log({ kind: "model.registered", name: "ctr", path: "models/wide", ...version });
      log({ kind: "model.registered", name: "ctr", path: "models/wide" });
    },
  },
  {
    name: "told",
    shows: "alerts, the console, and events that a full disk took",
    write({ start, log }) {
      start();
      log({ kind: "alert.raised", title: "overfits", text: "val/loss rises", level: "warn" });
      log({ kind: "alert.raised", title: "done", level: "info" });
      log({ kind: "console.logged", from: "stdout", text: "epoch 1\n" });
      log({ kind: "console.logged", from: "stderr", text: "\u001b[31mred\u001b[0m" });
      log({ kind: "events.lost", count: 3, reason: "ENOSPC: no space left on device, write" });
      log(values({ loss: 1 }, 4));
    },
  },
  {
    name: "streams",
    shows: "three writers of one run: each counts its own events, points of all are in one series",
    write({ start, log, stream }) {
      start();
      const [loader, rank] = [stream("loader"), stream("rank-1")];
      log(values({ loss: 1 }, 1));
      loader.log(values({ "batches/s": 12.5 }, 1));
      rank.log(values({ loss: 3 }, 1));
      log(values({ loss: 0.5 }, 2));
      rank.log(values({ loss: 2 }, 2));
      rank.log({ kind: "run.resumed", fromStep: 2 }); // of this stream only
      rank.log(values({ loss: 2.5 }, 2));
      loader.log({ kind: "writer.ended" });
      log(finished);
    },
  },
  {
    name: "resumed",
    shows: "a run that ended, went on at an earlier step, and ended again; points without a step stay",
    write({ start, log }) {
      start();
      for (const step of [0, 1, 2, 3]) log(values({ loss: 4 - step, [`at ${step}`]: 1 }, step));
      log(values({ loss: 7 }));
      log({ kind: "run.ended", status: "failed", exitCode: 1, error: { type: "Error", message: "out of memory" } });
      log({ kind: "run.resumed", fromStep: 2 });
      for (const step of [2, 3]) log(values({ loss: 0.5 - step / 8 }, step));
      log({ kind: "run.resumed" });
      log({ kind: "run.ended", status: "finished", exitCode: 0 });
    },
  },
  {
    name: "failed",
    shows: "an end with an error, and a summary of each metric",
    write({ start, log, summary }) {
      start();
      log(values({ loss: 0.5, odd: Number.NaN, inf: Number.POSITIVE_INFINITY }, 1));
      log(values({ loss: 0.25, odd: Number.NaN, inf: 1 }, 2));
      const error = {
        type: "RangeError",
        message: "the loss is NaN",
        trace: "RangeError: the loss is NaN\n    at train",
      };
      log({ kind: "run.ended", status: "failed", exitCode: 70, error, summary: summary() });
    },
  },
  {
    name: "running",
    shows: "a run that goes on, or whose process died without a word",
    write({ start, log }) {
      start();
      log(values({ loss: 1 }, 1));
    },
  },
  {
    name: "killed",
    shows: "an end that was seen from outside",
    write({ start, log, stream }) {
      start();
      log(values({ loss: 1 }, 1));
      stream("observer").log({ kind: "run.ended", status: "killed", after: 2 });
    },
  },
  {
    name: "not-killed",
    shows: "an end that was seen from outside, and is void since the run went on",
    write({ start, log, stream }) {
      start();
      log(values({ loss: 1 }, 1));
      stream("observer").log({ kind: "run.ended", status: "killed", after: 2 });
      log({ kind: "run.resumed" });
    },
  },
  {
    name: "unknown",
    shows: "an event of a kind that comes with a later version: kept and passed over",
    write({ start, logJson, log }) {
      start();
      logJson('{"kind":"unknown","was":"mood.felt","fields":{"mood":"good","level":1.0,"kinds":["a"]}}');
      log(values({ loss: 1 }, 1));
    },
  },
  {
    name: "torn",
    shows: "bytes after the last newline are no event",
    write({ start, log }) {
      start();
      for (const step of [1, 2]) log(values({ loss: step }, step));
    },
    harm: (path) => writeFileSync(path, readFileSync(path).subarray(0, -30)), // which takes the event of step 2
  },
  {
    name: "damaged",
    shows:
      "a changed byte, a line of something else, a lost newline, an event that stands twice, a line that is missing",
    write({ start, log }) {
      start();
      for (let step = 2; step <= 9; step++) log(values({ loss: step / 2 }, step));
    },
    harm(path) {
      const [one, two, three, four, five, six, seven, , nine] = readFileSync(path, "utf8").split("\n");
      const changed = three?.replace("1.5", "1.6");
      writeFileSync(path, [one, two, changed, `${four}${five}`, "no event", six, five, seven, nine, ""].join("\n"));
    },
  },
  {
    name: "copied",
    shows: "a copy of a damaged journal, which says what was lost: the gap before it is not counted again",
    write({ start, log }) {
      start();
      for (const step of [1, 2]) log(values({ loss: step }, step));
      log({
        kind: "events.lost",
        count: 2,
        reason: "damaged in the journal",
        where: "journal/main.ndjson bytes 270–400",
      });
      log(values({ loss: 4 }, 4));
    },
    harm(path) {
      const lines = readFileSync(path, "utf8").split("\n");
      writeFileSync(path, lines.toSpliced(2, 1).join("\n"));
    },
  },
  {
    name: "damaged-end",
    shows: "a damaged line with nothing after it has used up its number",
    write({ start, log }) {
      start();
      log(values({ loss: 1 }, 1));
    },
    harm: (path) => appendFileSync(path, '{"seq":3,"at":1732181400300,"kind":"metrics.logged","values":{}}\n'),
  },
];
