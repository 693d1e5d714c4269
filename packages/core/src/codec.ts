import { crc32 } from "./crc32.ts";
import { RunferryError } from "./errors.ts";
import type { MetricsLogged, Recorded, RunEvent } from "./events.ts";
import { type Json, type JsonObject, mapJsonObject, stringifyJson } from "./json.ts";

/** No event may take more than this on its line; what is larger belongs in a file. */
export const maxLineBytes: number = 16 * 1024 * 1024;

const encoder = new TextEncoder();
/** What stands between an event and the 8 digits of its checksum; `"}` closes the line. */
export const crcMark: Uint8Array = encoder.encode(',"crc":"');
export const tailBytes = 18;
export const hexDigits: Uint8Array = encoder.encode("0123456789abcdef");

/**
 * Encodes events as lines of a journal, newline included. The bytes returned are a view that the next call overwrites:
 * write or copy them first.
 */
export function createEncoder(): (event: Recorded) => Uint8Array {
  let scratch = new Uint8Array(1024);
  return (event) => {
    const body = eventBody(event);
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    if (scratch.length < body.length * 3 + 32) scratch = new Uint8Array(body.length * 4 + 32);
    const { written } = encoder.encodeInto(body, scratch);
    if (written > maxLineBytes) throw tooLarge(event, written);
    const crc = crc32(scratch, 0, written);
    scratch.set(crcMark, written);
    let at = written + crcMark.length;
    for (let shift = 28; shift >= 0; shift -= 4) scratch[at++] = hexDigits[(crc >>> shift) & 15]!;
    scratch[at++] = 34; // "
    scratch[at++] = 125; // }
    scratch[at++] = 10; // newline
    return scratch.subarray(0, at);
  };
}

/** Everything of a line before `,"crc":"`: with a closing brace, the event as JSON. `parseBody` reads it. */
export function eventBody(event: Recorded): string {
  return event.kind === "metrics.logged" ? metricsBody(event) : plainBody(event);
}

/** The keys seq, at and kind always come first. */
function plainBody(event: Recorded): string {
  const { seq, at, kind, ...fields } = event;
  const own = event.kind === "unknown" ? event.fields : (fields as unknown as JsonObject);
  const head = `{"seq":${seq},"at":${at},"kind":${JSON.stringify(event.kind === "unknown" ? event.was : kind)}`;
  const rest = stringifyJson(withNumberNames(event, own));
  return rest === "{}" ? head : `${head},${rest.slice(1, -1)}`;
}

/**
 * The hot path: the same text as `plainBody` would give. One call of `JSON.stringify` makes no strings on the way; those
 * of single numbers would stay in V8's cache of them for a while, and grow the heap by 60 MB.
 */
function metricsBody(event: Recorded<MetricsLogged>): string {
  const { seq, at, kind, step, context, values } = event;
  if (!isPlain(values)) return plainBody(event);
  return JSON.stringify({ seq, at, kind, step, context, values }).slice(0, -1);
}

/** Whether JSON can spell all of them. */
function isPlain(values: MetricsLogged["values"]): boolean {
  for (const name in values) {
    const value = values[name]!;
    if (!Number.isFinite(value) || Object.is(value, -0)) return false;
  }
  return true;
}

/** JSON has no NaN and no infinity: where the event model has numbers, they stand as the strings that name them. */
function withNumberNames(event: RunEvent, fields: JsonObject): JsonObject {
  if (event.kind === "model.logged" && event.metrics) return { ...fields, metrics: numberNames(event.metrics) };
  if (event.kind === "metrics.logged") return { ...fields, values: numberNames(event.values) };
  if (event.kind !== "run.ended" || !event.summary) return fields;
  return {
    ...fields,
    summary: mapJsonObject(event.summary as unknown as JsonObject, (one) => numberNames(one as JsonObject)),
  };
}

function numberNames(values: JsonObject): JsonObject {
  return mapJsonObject(values, (value: Json) => (Number.isFinite(value) ? value : String(value)));
}

function tooLarge(event: Recorded, bytes: number): RunferryError {
  return new RunferryError("bad_event", `${event.kind} takes ${bytes} bytes; a line holds ${maxLineBytes} at most`, {
    hint: "log what is large as an artifact, which is a file, and refer to it",
    data: "the event was not written; everything before it stands",
  });
}
