import { RunferryError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { isJsonObject } from "./json.ts";
import { problemOfPath } from "./paths.ts";

/** Says what is wrong with a value, or nothing. A problem that starts with a dot is one further inside. */
type Check = (value: unknown) => string | undefined;
type Shape = { readonly [field: string]: Check };

/**
 * What is wrong with an event, as `field: reason`, or undefined. Everything that enters a journal or comes out of one
 * passes here, so the rest of the code can trust the types.
 */
export function problemOf(event: { readonly kind: unknown }): string | undefined {
  const shape = typeof event.kind === "string" ? shapes.get(event.kind) : undefined;
  return shape ? shapeProblem(event, shape) : "kind: is not a kind of event";
}

/** Throws `bad_event` for an event that no journal can hold. */
export function checkEvent(event: RunEvent): void {
  const problem = problemOf(event);
  if (problem === undefined) return;
  throw new RunferryError("bad_event", `${String(event.kind)} has a bad field ${problem}`, {
    hint: "give the field the type that the event model in docs/journal-format.md names",
    data: "the event was not written; everything before it stands",
  });
}

/** Whether this version knows the kind. */
export function isKnownKind(kind: string): boolean {
  return kind !== "unknown" && shapes.has(kind);
}

function shapeProblem(value: object, shape: Shape): string | undefined {
  for (const field in shape) {
    const problem = shape[field]!((value as { readonly [field: string]: unknown })[field]);
    if (problem !== undefined) return problem.startsWith(".") ? field + problem : `${field}: ${problem}`;
  }
  return undefined;
}

const text: Check = (value) => (typeof value === "string" ? undefined : "must be text");
const boolean: Check = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const integer: Check = (value) =>
  Number.isSafeInteger(value) ? undefined : "must be a whole number between -(2^53-1) and 2^53-1";
const count: Check = (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "must be a count");
const number: Check = (value) => (typeof value === "number" ? undefined : "must be a number");
const finite: Check = (value) => (Number.isFinite(value) ? undefined : "must be a finite number");
const object: Check = (value) => (isJsonObject(value) ? undefined : "must be an object");
const sha256: Check = (value) =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? undefined : "must be 64 lower-case hex digits";
const path: Check = (value) => (typeof value === "string" ? problemOfPath(value) : "must be text");

function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

function oneOf(...values: readonly string[]): Check {
  return (value) => (values.includes(value as string) ? undefined : `must be one of ${values.join(", ")}`);
}

function inside(key: string, problem: string): string {
  return problem.startsWith(".") ? `.${key}${problem}` : `.${key}: ${problem}`;
}

function each(check: Check): Check {
  return (value) => {
    if (!isJsonObject(value)) return "must be an object";
    for (const key of Object.keys(value)) {
      const problem = check(value[key]);
      if (problem !== undefined) return inside(key, problem);
    }
    return undefined;
  };
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return "must be a list";
    for (const [i, item] of value.entries()) {
      const problem = check(item);
      if (problem !== undefined) return inside(String(i), problem);
    }
    return undefined;
  };
}

function shaped(shape: Shape): Check {
  return (value) => {
    if (!isJsonObject(value)) return "must be an object";
    const problem = shapeProblem(value, shape);
    return problem === undefined ? undefined : `.${problem}`;
  };
}

const file = shaped({ path, sha256, bytes: count });

const mediaShapes: { readonly [type: string]: Shape } = {
  image: { file, caption: optional(text), width: optional(count), height: optional(count) },
  audio: { file, caption: optional(text), sampleRate: optional(finite) },
  histogram: { edges: listOf(finite), counts: listOf(finite) },
  table: { columns: listOf(text), rows: listOf(listOf(() => undefined)) },
  text: { text, format: optional(oneOf("plain", "markdown")) },
  figure: { file: optional(file), spec: optional(object), caption: optional(text) },
};

const media: Check = (value) => {
  if (!isJsonObject(value)) return "must be an object";
  const type = value.type;
  const shape = typeof type === "string" && Object.hasOwn(mediaShapes, type) ? mediaShapes[type] : undefined;
  if (!shape) return `.type: must be one of ${Object.keys(mediaShapes).join(", ")}`;
  const problem = shapeProblem(value, shape);
  if (problem !== undefined) return `.${problem}`;
  if (type === "histogram" && (value.edges as []).length !== (value.counts as []).length + 1) {
    return ".edges: must have one entry more than counts";
  }
  return undefined;
};

const summary = shaped({ count, min: number, max: number, first: number, last: number });
const git = shaped({ commit: text, dirty: optional(boolean), branch: optional(text) });
const step = optional(integer);
// Otherwise the event would be another one when it is read back.
const unknownKind: Check = (value) =>
  isKnownKind(value as string) ? "is a kind that this version knows" : text(value);
const foreignFields: Check = (value) => {
  if (!isJsonObject(value)) return "must be an object";
  const taken = ["seq", "at", "kind"].find((field) => Object.hasOwn(value, field));
  return taken === undefined ? undefined : `.${taken}: is the journal's own field`;
};
const note = optional(text);

const shapesByKind: { readonly [K in RunEvent["kind"]]: Shape } = {
  "run.started": {
    format: count,
    id: text,
    name: text,
    experiment: text,
    createdAt: finite,
    parent: note,
    group: note,
    description: note,
    user: note,
    host: note,
    pid: optional(count),
    command: optional(listOf(text)),
    git: optional(git),
    system: optional(object),
    source: optional(shaped({ layout: text, id: text })),
  },
  "run.resumed": { fromStep: step },
  "params.set": { values: object },
  "tags.set": { values: each((value) => (value === null ? undefined : text(value))) },
  "metrics.logged": { step, context: optional(each(text)), values: each(number) },
  "metric.defined": { name: text, stepMetric: note, goal: optional(oneOf("min", "max")) },
  "media.logged": { name: text, step, context: optional(each(text)), media },
  "artifact.logged": { file, reference: note, type: note, metadata: optional(object) },
  "dataset.used": { name: text, digest: note, source: note, purpose: note, metadata: optional(object) },
  "model.logged": {
    name: text,
    path,
    flavor: note,
    step,
    metrics: optional(each(number)),
    metadata: optional(object),
  },
  "model.registered": {
    name: text,
    path,
    version: note,
    stage: note,
    aliases: optional(listOf(text)),
    tags: optional(each(text)),
    description: note,
  },
  "alert.raised": { title: text, text: note, level: oneOf("info", "warn", "error") },
  "console.logged": { from: oneOf("stdout", "stderr"), text },
  "events.lost": { count, reason: text, where: note },
  "writer.ended": {},
  "run.ended": {
    status: oneOf("finished", "failed", "killed"),
    exitCode: step,
    error: optional(shaped({ type: text, message: text, trace: note })),
    summary: optional(each(summary)),
    after: optional(count),
  },
  unknown: { was: unknownKind, fields: foreignFields },
};

const shapes: ReadonlyMap<string, Shape> = new Map(Object.entries(shapesByKind));
