import { isKnownKind, type Json, type JsonObject, type Recorded, type RunEvent, spelled } from "@runferry/core";
import fc from "fast-check";

/** Any text that UTF-8 can hold. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ maxLength: 8 }),
  fc.constantFrom("", "__proto__", "constructor", "NaN", "-Infinity", "🚀", "\u2028", '","crc":"00000000"}'),
);

/** An object with any keys, `__proto__` included. */
export function anyRecord<T>(value: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<{ readonly [key: string]: T }> {
  return fc.array(fc.tuple(anyText, value), { maxLength }).map((entries) => Object.fromEntries(entries));
}

export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324, Number.MAX_VALUE),
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const spelling = fc.constantFrom("1.0", "1e-05", "1E+2", "18446744073709551615", "-0.50", "1e999", "0.10").map(spelled);

export const anyJson: fc.Arbitrary<Json> = fc.letrec<{ json: Json; list: Json; object: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    finite,
    spelling,
    anyText,
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("json"), { maxLength: 3 }),
  object: anyRecord(tie("json"), 3),
})).json;
export const anyObject: fc.Arbitrary<JsonObject> = anyRecord(anyJson);

const step = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 20 }));
const count = fc.nat();
const path = fc.constantFrom("a", "model/weights.bin", "ü/🚀 .txt", "..hidden", "a..b");
const file = fc.record({
  path,
  sha256: fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 }),
  bytes: count,
});
const context = anyRecord(anyText, 2);
const summary = fc.record({ count, min: anyNumber, max: anyNumber, first: anyNumber, last: anyNumber });

/** A record of which only the first keys are always there. */
function shape<T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }, ...required: (keyof T)[]): fc.Arbitrary<T> {
  return fc.record(parts, { requiredKeys: required as never }) as unknown as fc.Arbitrary<T>;
}

const media: fc.Arbitrary<unknown> = fc.oneof(
  shape({ type: fc.constant("image"), file, caption: anyText, width: count, height: count }, "type", "file"),
  shape({ type: fc.constant("audio"), file, caption: anyText, sampleRate: finite }, "type", "file"),
  fc.array(finite, { maxLength: 4 }).map((counts) => ({ type: "histogram", counts, edges: [...counts, -0] })),
  fc.record({
    type: fc.constant("table"),
    columns: fc.array(anyText, { maxLength: 3 }),
    rows: fc.array(fc.array(anyJson, { maxLength: 3 }), { maxLength: 3 }),
  }),
  shape({ type: fc.constant("text"), text: anyText, format: fc.constantFrom("plain", "markdown") }, "type", "text"),
  shape({ type: fc.constant("figure"), file, spec: anyObject, caption: anyText }, "type"),
);

export const anyMetrics: fc.Arbitrary<RunEvent> = shape(
  { kind: fc.constant("metrics.logged"), step, context, values: anyRecord(anyNumber) },
  "kind",
  "values",
) as fc.Arbitrary<RunEvent>;

const kinds: { readonly [kind: string]: fc.Arbitrary<unknown> } = {
  "run.started": shape(
    {
      kind: fc.constant("run.started"),
      format: fc.constant(1),
      id: anyText,
      name: anyText,
      experiment: anyText,
      createdAt: finite,
      parent: anyText,
      description: anyText,
      pid: count,
      command: fc.array(anyText),
      system: anyObject,
      git: shape({ commit: anyText, dirty: fc.boolean(), branch: anyText }, "commit", "dirty"),
      source: fc.record({ layout: anyText, id: anyText }),
    },
    "kind",
    "format",
    "id",
    "name",
    "experiment",
    "createdAt",
  ),
  "run.resumed": shape({ kind: fc.constant("run.resumed"), fromStep: step }, "kind"),
  "params.set": fc.record({ kind: fc.constant("params.set"), values: anyObject }),
  "tags.set": fc.record({ kind: fc.constant("tags.set"), values: anyRecord(fc.option(anyText)) }),
  "metrics.logged": anyMetrics,
  "metric.defined": shape(
    { kind: fc.constant("metric.defined"), name: anyText, stepMetric: anyText, goal: fc.constantFrom("min", "max") },
    "kind",
    "name",
  ),
  "media.logged": shape(
    { kind: fc.constant("media.logged"), name: anyText, step, context, media },
    "kind",
    "name",
    "media",
  ),
  "artifact.logged": shape(
    { kind: fc.constant("artifact.logged"), file, reference: anyText, type: anyText, metadata: anyObject },
    "kind",
    "file",
  ),
  "dataset.used": shape(
    { kind: fc.constant("dataset.used"), name: anyText, digest: anyText, metadata: anyObject },
    "kind",
    "name",
  ),
  "model.logged": shape(
    {
      kind: fc.constant("model.logged"),
      name: anyText,
      path,
      step,
      metrics: anyRecord(anyNumber),
      metadata: anyObject,
    },
    "kind",
    "name",
    "path",
  ),
  "model.registered": shape(
    {
      kind: fc.constant("model.registered"),
      name: anyText,
      path,
      aliases: fc.array(anyText),
      tags: anyRecord(anyText),
    },
    "kind",
    "name",
    "path",
  ),
  "alert.raised": shape(
    {
      kind: fc.constant("alert.raised"),
      title: anyText,
      text: anyText,
      level: fc.constantFrom("info", "warn", "error"),
    },
    "kind",
    "title",
    "level",
  ),
  "console.logged": fc.record({
    kind: fc.constant("console.logged"),
    from: fc.constantFrom("stdout", "stderr"),
    text: anyText,
  }),
  "events.lost": shape(
    { kind: fc.constant("events.lost"), count, reason: anyText, where: anyText },
    "kind",
    "count",
    "reason",
  ),
  "writer.ended": fc.constant({ kind: "writer.ended" }),
  "run.ended": shape(
    {
      kind: fc.constant("run.ended"),
      status: fc.constantFrom("finished", "failed", "killed"),
      exitCode: step,
      error: shape({ type: anyText, message: anyText, trace: anyText }, "type", "message"),
      summary: anyRecord(summary),
      after: count,
    },
    "kind",
    "status",
  ),
  unknown: fc.record({
    kind: fc.constant("unknown"),
    was: anyText.filter((was) => !isKnownKind(was)),
    fields: anyObject.map(withoutStamp),
  }),
};

function withoutStamp(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !["seq", "at", "kind"].includes(key)));
}

/** Kinds of event that there are arbitraries for: all of them, so that a new kind is not forgotten. */
export const arbitraryKinds: readonly string[] = Object.keys(kinds);
export const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(...Object.values(kinds)) as fc.Arbitrary<RunEvent>;

/** A stream as a journal holds it: numbers from 1, times that never fall. */
export function anyStream(event: fc.Arbitrary<RunEvent> = anyEvent, maxLength = 12): fc.Arbitrary<readonly Recorded[]> {
  return fc.array(fc.tuple(event, fc.nat({ max: 3000 })), { maxLength }).map((entries) => {
    let micros = 1_732_181_400_123_456;
    return entries.map(([one, later], i) => {
      micros += later;
      return { ...one, seq: i + 1, at: micros / 1000 };
    });
  });
}
