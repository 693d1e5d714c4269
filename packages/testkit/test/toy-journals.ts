import { type Clock, formatVersion, type MemoryJournal, memoryJournal, type RunStarted, spelled } from "@runferry/core";

export const runId = "01jd5k0000aaaaaaaaaaaaaaaa";

const started: RunStarted = {
  kind: "run.started",
  format: formatVersion,
  id: runId,
  name: "run_001",
  experiment: "mnist",
  createdAt: 1_732_181_400_123.456,
};

/** A clock that moves on by a fraction of a millisecond each time. */
function tickingClock(): Clock {
  let now = 1_732_181_400_123.4;
  return {
    now: () => {
      now += 0.313;
      return now;
    },
    sleep: async () => undefined,
  };
}

export function emptyJournal(): MemoryJournal {
  return memoryJournal(runId, { clock: tickingClock() });
}

export async function plainJournal(): Promise<MemoryJournal> {
  const journal = emptyJournal();
  const main = journal.writer();
  main.append(started, 1_732_181_400_123);
  main.append({ kind: "params.set", values: { optimizer: "adam" } });
  for (let step = 0; step < 40; step++) {
    main.append({ kind: "metrics.logged", step, values: { loss: 1 / 2 ** (step % 8) } }, 1_732_181_401_000 + step);
  }
  main.append({ kind: "run.ended", status: "finished", exitCode: 0 }, 1_732_181_402_000);
  await main.close();
  return journal;
}

/** One event of every kind, and what is awkward about each. */
export async function hostileJournal(): Promise<MemoryJournal> {
  const journal = emptyJournal();
  const main = journal.writer();
  const file = (text: string) => journal.putFile("out/modèle final.bin", new TextEncoder().encode(text));
  main.append({
    ...started,
    host: "node7",
    pid: 12,
    command: ["python", "train.py", "--api-key", "hunter2secret"],
    git: { commit: "c0ffee", dirty: true },
    system: { gpus: [spelled("1.0")] },
  });
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, Number.MAX_VALUE, 0.1];
  const steps = [undefined, -5, 0, 2 ** 53 - 1, -(2 ** 53 - 1), 7, 7, 3];
  const names = ["a/b", "a.b", "a b", "a%b", "", "__proto__", "损失😀", "_x41_", "A", "_", "_xé", "x".repeat(300)];
  const odd = (value: number) => Object.fromEntries(names.map((name) => [name, value]));
  for (const [i, value] of values.entries()) {
    const step = steps[i];
    main.append({ kind: "metrics.logged", ...(step === undefined ? {} : { step }), values: odd(value) });
    main.append({ kind: "metrics.logged", step: i, context: { dataset: "test", "": "é" }, values: { loss: value } });
  }
  const params = {
    lr: spelled("1e-05"),
    seed: spelled("9007199254740993"),
    deep: { b: [1, null, true], a: {} },
    text: "t",
  };
  main.append({ kind: "params.set", values: params });
  main.append({
    kind: "params.set",
    values: Object.fromEntries([
      ["__proto__", 1],
      ["", "empty"],
      ["api_key", "s3cret"],
    ]),
  });
  main.append({ kind: "params.set", values: { lr: spelled("2e-05") } });
  main.append({ kind: "tags.set", values: { kept: "yes", gone: "soon", "runferry.x": "\u202eRTL\tand\nlines" } });
  main.append({ kind: "tags.set", values: { gone: null } });
  main.append({ kind: "metric.defined", name: "损失😀", stepMetric: "époque", goal: "min" });
  main.append({ kind: "metric.defined", name: "never logged" });
  main.append({ kind: "media.logged", name: "note", step: 1, media: { type: "text", text: "a\tb\n".repeat(400) } });
  main.append({ kind: "media.logged", name: "bins", media: { type: "histogram", edges: [0, 0.1, 1], counts: [3, 4] } });
  const rows = [
    [1, "x"],
    [null, spelled("1.0")],
  ];
  main.append({ kind: "media.logged", name: "rows", media: { type: "table", columns: ["n", "s"], rows } });
  main.append({ kind: "media.logged", name: "plot", media: { type: "figure", spec: { mark: "line" } } });
  main.append({ kind: "media.logged", name: "picture", media: { type: "image", file: await file("png") } });
  for (const text of ["one", "two", "one"])
    main.append({ kind: "artifact.logged", file: await file(text), metadata: { text } });
  main.append({ kind: "dataset.used", name: "mnist", digest: "d1", metadata: { rows: 60_000 } });
  main.append({ kind: "dataset.used", name: "bare" });
  main.append({ kind: "model.logged", name: "m", path: "out", metrics: { loss: Number.NaN, acc: -0 }, step: 3 });
  main.append({ kind: "model.registered", name: "M", path: "out", aliases: ["best"] });
  for (const level of ["info", "warn", "error"] as const) main.append({ kind: "alert.raised", title: "t", level });
  for (const text of ["", "line\n", "%|██| 100%\r"]) main.append({ kind: "console.logged", from: "stderr", text });
  main.append({ kind: "events.lost", count: 2, reason: "disk full" });
  main.append({ kind: "unknown", was: "hologram.logged", fields: { deep: [1] } });
  const error = { type: "ValueError", message: "no", trace: "at …" };
  main.append({ kind: "run.ended", status: "failed", exitCode: 1, error });
  await main.close();
  return journal;
}

/** Several writers, a resume that takes points back, and an end seen from outside. */
export async function manyStreamsJournal(options: { readonly goesOn: boolean }): Promise<MemoryJournal> {
  const journal = emptyJournal();
  const main = journal.writer();
  const worker = journal.writer("rank/1 é");
  const observer = journal.writer("observer");
  main.append(started);
  const at = 1_732_181_500_000;
  for (let step = 0; step < 6; step++) {
    main.append({ kind: "metrics.logged", step, values: { loss: step } }, at + step);
    worker.append({ kind: "metrics.logged", step, values: { loss: step, own: step } }, at + step);
  }
  worker.append({ kind: "console.logged", from: "stdout", text: "from the worker" });
  main.append({ kind: "run.resumed", fromStep: 3 });
  const last = main.append({ kind: "metrics.logged", step: 3, values: { loss: 33, more: 1 } });
  worker.append({ kind: "writer.ended" });
  observer.append({ kind: "run.ended", status: "killed", after: last.seq });
  if (options.goesOn) main.append({ kind: "console.logged", from: "stdout", text: "still here" });
  await main.close();
  return journal;
}

/** The run ended, was resumed, and ended again. */
export function resumedJournal(): MemoryJournal {
  const journal = emptyJournal();
  const main = journal.writer();
  main.append(started);
  main.append({ kind: "run.ended", status: "failed" });
  main.append({ kind: "run.resumed" });
  main.append({ kind: "metrics.logged", step: 0, values: { loss: 1 } });
  return journal;
}

export function journalWithoutStart(): MemoryJournal {
  const journal = emptyJournal();
  const main = journal.writer();
  main.append({ kind: "tags.set", values: { a: "b" } });
  main.append({ kind: "metrics.logged", values: { loss: 1 } });
  return journal;
}

export function manyNamesJournal(): MemoryJournal {
  const journal = emptyJournal();
  const main = journal.writer();
  main.append(started);
  const values = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`layer ${i}/é`, i / 3]));
  main.append({ kind: "metrics.logged", step: 1, values });
  main.append({ kind: "metrics.logged", step: 2, values });
  main.append({ kind: "run.ended", status: "finished" });
  return journal;
}

export const journals: { readonly [name: string]: () => MemoryJournal | Promise<MemoryJournal> } = {
  plain: plainJournal,
  hostile: hostileJournal,
  "many streams": () => manyStreamsJournal({ goesOn: false }),
  "many streams, main goes on": () => manyStreamsJournal({ goesOn: true }),
  resumed: resumedJournal,
  "without a start": journalWithoutStart,
  "10 000 names": manyNamesJournal,
};
