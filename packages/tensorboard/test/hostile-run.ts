import { type MemoryJournal, memoryJournal } from "@runferry/core";

export const runId = "01jd5x8f2v0000000000000000";
export const startedAt = 1_732_181_400_123.456;

/** A picture of two by one pixels. */
export const png: Uint8Array = Uint8Array.from(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8DAwMAAAAYEAQG0ZJiCAAAAAElFTkSuQmCC",
    "base64",
  ),
);

/** A tenth of a second of silence. */
export function silence(): Uint8Array {
  const samples = 800;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write("WAVEfmt ", 8);
  [16, 0x1_0001, 8000, 16_000, 0x10_0002].forEach((field, i) => {
    bytes.writeUInt32LE(field, 16 + i * 4);
  });
  bytes.write("data", 36);
  bytes.writeUInt32LE(samples * 2, 40);
  return Uint8Array.from(bytes);
}

export interface RunOptions {
  readonly id?: string;
  readonly name?: string;
  readonly experiment?: string;
}

/** A run as most are: legal names, rising steps, values of 32 bits, distinct times. */
export function plainRun({ id = runId, name = "run_001", experiment = "mnist" }: RunOptions = {}): MemoryJournal {
  const journal = memoryJournal(id);
  const main = journal.writer();
  let at = startedAt;
  const later = () => ++at;
  main.append(
    { kind: "run.started", format: 1, id, name, experiment, createdAt: at, description: "A *plain* run" },
    at,
  );
  main.append(
    { kind: "params.set", values: { lr: 0.1, model: { depth: 3, name: "cnn" }, layers: [1, 2], flag: true } },
    later(),
  );
  main.append({ kind: "tags.set", values: { owner: "me", stage: "draft" } }, later());
  for (let step = 0; step < 20; step++) {
    main.append(
      { kind: "metrics.logged", step, values: { "train/loss": 1 / 2 ** step, accuracy: step / 32 } },
      later(),
    );
  }
  main.append({ kind: "tags.set", values: { stage: null, done: "yes" } }, later());
  main.append({ kind: "run.ended", status: "finished", exitCode: 0 }, later());
  return journal;
}

/** Everything that can be logged, in forms that invite mistakes. */
export async function hostileRun({
  id = runId,
  name = "../..\\evil: name\u0000 ",
  experiment = "exp/../../<1>",
}: RunOptions = {}): Promise<MemoryJournal> {
  const journal = memoryJournal(id);
  const main = journal.writer();
  let at = startedAt;
  const later = () => ++at;
  const picture = await journal.putFile("pictures/a `b`.png", png);
  const plain = await journal.putFile("pictures/step 1.png", png);
  const sound = await journal.putFile("sounds/silence.wav", silence());
  main.append(
    {
      kind: "run.started",
      format: 1,
      id,
      name,
      experiment,
      createdAt: at,
      command: ["node", "```json\n"],
      parent: "p",
    },
    at,
  );
  main.append(
    {
      kind: "params.set",
      values: { "": 1, __proto__x: null, big: { a: [{ b: -0 }] }, text: "```\n{}\n```", lone: "\ud800" },
    },
    later(),
  );
  main.append(
    {
      kind: "metrics.logged",
      step: 5,
      values: { a: 0.1, "": -0, "x/image": 1, config: 2, _x2f_: 3, "\ud800": 4, "a {b=c}": 5, __proto__x: 6 },
    },
    later(),
  );
  main.append({ kind: "metrics.logged", step: 3, values: { a: Number.NaN } }, later());
  main.append({ kind: "metrics.logged", step: 4, values: { a: Number.POSITIVE_INFINITY } }, later());
  main.append({ kind: "metrics.logged", step: 2, values: { a: 1e300 } }, later());
  main.append({ kind: "metrics.logged", step: 6, values: { a: 3, b: -3 } }, later());
  main.append({ kind: "metrics.logged", values: { free: 1 } }, later());
  main.append({ kind: "metrics.logged", values: { free: 2, a: 9 } }, later());
  main.append({ kind: "metrics.logged", step: -7, values: { below: 1 } }, later());
  main.append({ kind: "metrics.logged", step: Number.MAX_SAFE_INTEGER, values: { above: 1, a: 2 } }, later());
  main.append({ kind: "metrics.logged", step: 7, context: { set: "te=st", "": "}" }, values: { a: 0.5 } }, later());
  main.append({ kind: "metrics.logged", step: 1, context: { set: "test" }, values: { a: 0.25 } }, later());
  main.append({ kind: "metric.defined", name: "a", goal: "min", stepMetric: "b" }, later());
  main.append(
    {
      kind: "media.logged",
      name: "samples",
      step: 1,
      media: { type: "image", file: plain, caption: "One\n\n`two`", width: 2 },
    },
    later(),
  );
  main.append({ kind: "media.logged", name: "samples", media: { type: "image", file: picture } }, later());
  main.append(
    { kind: "media.logged", name: "samples", step: 2, media: { type: "figure", file: plain, spec: { mark: "bar" } } },
    later(),
  );
  main.append({ kind: "media.logged", name: "samples", step: 2, media: { type: "figure", spec: {} } }, later());
  main.append(
    { kind: "media.logged", name: "samples", step: 3, media: { type: "audio", file: sound, sampleRate: 8000 } },
    later(),
  );
  main.append(
    { kind: "media.logged", name: "h", step: 3, media: { type: "histogram", edges: [0, 1, 4], counts: [3, -0] } },
    later(),
  );
  main.append(
    {
      kind: "media.logged",
      name: "h",
      step: 4,
      media: {
        type: "histogram",
        edges: Array.from({ length: 101 }, (_, i) => i),
        counts: new Array<number>(100).fill(2),
      },
    },
    later(),
  );
  main.append(
    { kind: "media.logged", name: "h", step: 5, media: { type: "histogram", edges: [1], counts: [] } },
    later(),
  );
  main.append(
    {
      kind: "media.logged",
      name: "t",
      step: 1,
      context: { k: "v" },
      media: {
        type: "table",
        columns: ["a|b", "1", ""],
        rows: [["x | y", 1, null], ["", "true", { k: [1.5, "|"] }], [], ["line\nbreak", " pad ", -0]],
      },
    },
    later(),
  );
  main.append(
    { kind: "media.logged", name: "t", step: 1, media: { type: "text", text: "# *hello*\n日本 \ud83d\ude00" } },
    later(),
  );
  main.append(
    { kind: "media.logged", name: "t", step: 2, media: { type: "text", text: "plain ```` text\n", format: "plain" } },
    later(),
  );
  main.append(
    { kind: "media.logged", name: "t", step: 3, media: { type: "text", text: "", format: "markdown" } },
    later(),
  );
  main.append({ kind: "alert.raised", title: "a\nb", level: "warn", text: "**x**" }, later());
  main.append({ kind: "alert.raised", title: "", level: "info" }, later());
  main.append({ kind: "console.logged", from: "stdout", text: "```text\nline\n```" }, later());
  main.append({ kind: "console.logged", from: "stderr", text: "\u001b[31mred\u0000" }, later());
  main.append({ kind: "dataset.used", name: "d", digest: "1", metadata: { rows: 5 } }, later());
  main.append({ kind: "dataset.used", name: "d", digest: "1", metadata: { rows: 5 } }, later());
  main.append({ kind: "artifact.logged", file: plain }, later());
  main.append({ kind: "model.logged", name: "m", path: "models/m", metrics: { x: Number.NaN } }, later());
  main.append({ kind: "model.registered", name: "m", path: "models/m" }, later());
  main.append({ kind: "unknown", was: "hologram.logged", fields: { z: 1 } }, later());
  main.append({ kind: "run.resumed", fromStep: 4 }, later());
  main.append({ kind: "metrics.logged", step: 4, values: { a: 4 } }, later());
  main.append({ kind: "metrics.logged", step: 3, values: { a: 5 } }, later());
  main.append({ kind: "params.set", values: { late: 1 } }, later());
  main.append({ kind: "run.resumed" }, later());
  for (let i = 0; i < 30; i++)
    main.append({ kind: "tags.set", values: { [`t${i % 7}`]: i % 3 === 0 ? null : String(i) } }, later());
  const other = journal.writer("late-1");
  other.append({ kind: "metrics.logged", step: 1, values: { other: 1 } }, startedAt + 5);
  other.append({ kind: "metrics.logged", step: 0, values: { other: 2 } }, startedAt + 6);
  other.append({ kind: "writer.ended" }, startedAt + 7);
  main.append({ kind: "run.ended", status: "killed", error: { type: "E", message: "```" } }, later());
  return journal;
}
