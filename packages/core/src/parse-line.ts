import { isKnownKind, problemOf } from "./check-event.ts";
import { crcMark, hexDigits, tailBytes } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import type { Recorded } from "./events.ts";
import {
  isDeeper,
  isJsonList,
  isJsonObject,
  isSpelled,
  type Json,
  type JsonObject,
  mapJsonObject,
  maxDepth,
  parseJson,
} from "./json.ts";

/** Whether the line, without its newline, closes with the checksum of all that stands before. */
export function hasGoodChecksum(bytes: Uint8Array, from: number, to: number): boolean {
  const body = to - tailBytes;
  return body > from && checksumAt(bytes, to) === crc32(bytes, from, body);
}

/** The checksum that a line ending at `to` closes with, if it closes with one. */
export function checksumAt(bytes: Uint8Array, to: number): number | undefined {
  const body = to - tailBytes;
  if (body < 0 || bytes[to - 1] !== 125 || bytes[to - 2] !== 34 || !hasMark(bytes, body)) return undefined;
  let crc = 0;
  for (let i = to - 10; i < to - 2; i++) {
    const digit = hexDigits.indexOf(bytes[i]!);
    if (digit < 0) return undefined;
    crc = (crc << 4) | digit;
  }
  return crc >>> 0;
}

/** The position right after the next `,"crc":"xxxxxxxx"}` at or after `from`, or -1. */
export function nextBoundary(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(44, from); at >= 0 && at + tailBytes <= to; at = bytes.indexOf(44, at + 1)) {
    if (hasMark(bytes, at) && bytes[at + tailBytes - 1] === 125) return at + tailBytes;
  }
  return -1;
}

function hasMark(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < crcMark.length; i++) if (bytes[at + i] !== crcMark[i]) return false;
  return true;
}

const metricsHead = /^\{"seq":\d+,"at":[\d.]+,"kind":"metrics\.logged"/;

/**
 * The event whose checksum was found good; `body` is its line up to `,"crc":"`. A line that is no event of this format
 * (foreign, or forged) is told as a reason, not thrown: readers skip and count it.
 */
export function parseBody(body: string): Recorded | string {
  let event: JsonObject;
  try {
    // The reviver that keeps spellings is slow, and metrics have no use for it.
    const isMetrics = metricsHead.test(body);
    const parsed = isMetrics ? (JSON.parse(`${body}}`) as Json) : parseJson(`${body}}`);
    if (!isJsonObject(parsed)) return "is not an object";
    if (!isMetrics && isDeeper(parsed, maxDepth + 1)) return "is nested too deep";
    event = isMetrics && parsed.kind === "metrics.logged" ? withNumbers(parsed) : revived(parsed);
  } catch {
    return "is not JSON, or nested too deep";
  }
  if (!Number.isSafeInteger(event.seq) || (event.seq as number) < 1) return "seq: must be 1 or more";
  if (!Number.isFinite(event.at)) return "at: must be a time in milliseconds";
  return problemOf(event as { kind: unknown }) ?? (event as unknown as Recorded);
}

function withNumbers(event: JsonObject): JsonObject {
  const values = numbers(event.values);
  return values === event.values ? event : { ...event, values };
}

/** The event with numbers as numbers, except in the fields that hold the user's own JSON. */
function revived(parsed: JsonObject): JsonObject {
  const { seq, at, kind, ...fields } = parsed;
  const stamp = { seq: unspelled(seq ?? null), at: unspelled(at ?? null) };
  if (typeof kind !== "string" || !isKnownKind(kind)) {
    return { ...stamp, kind: "unknown", was: typeof kind === "string" ? kind : "", fields };
  }
  return { ...stamp, kind, ...mapJsonObject(fields, (value, name) => plainField(kind, name, value)) };
}

/** Which fields of an event hold the user's own JSON, where spellings are kept. Everywhere else a number is a number. */
const ownJson: { readonly [kind: string]: string } = {
  "params.set": "values",
  "run.started": "system",
  "artifact.logged": "metadata",
  "dataset.used": "metadata",
  "model.logged": "metadata",
};

function plainField(kind: string, name: string, value: Json): Json {
  if (ownJson[kind] === name) return value;
  if (kind === "metrics.logged" && name === "values") return numbers(unspelled(value));
  if (kind === "model.logged" && name === "metrics") return numbers(unspelled(value));
  if (kind === "run.ended" && name === "summary" && isJsonObject(value)) {
    return mapJsonObject(value, (metric) => numbers(unspelled(metric)));
  }
  if (kind === "media.logged" && name === "media" && isJsonObject(value)) {
    return mapJsonObject(value, (part, field) => (field === "rows" || field === "spec" ? part : unspelled(part)));
  }
  return unspelled(value);
}

function unspelled(value: Json): Json {
  if (isSpelled(value)) return Number(value.rawJSON);
  if (isJsonList(value)) return value.map(unspelled);
  return isJsonObject(value) ? mapJsonObject(value, unspelled) : value;
}

const namedNumbers: ReadonlyMap<Json, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** Reads "NaN", "Infinity" and "-Infinity" back. Anything else that is not a number stays, for the check to name. */
function numbers(values: Json | undefined): Json {
  if (!isJsonObject(values)) return values ?? null;
  for (const name of Object.keys(values)) {
    if (typeof values[name] === "string") return mapJsonObject(values, (value) => namedNumbers.get(value) ?? value);
  }
  return values;
}
