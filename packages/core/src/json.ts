import { RunferryError } from "./errors.ts";

/**
 * A number with the spelling its author gave it (`1.0`, `1e-05`, a 64-bit seed), which a JavaScript number would lose.
 * Made by `spelled()`, read by `parseJson`, written back by `stringifyJson` unchanged.
 */
export interface SpelledNumber {
  readonly rawJSON: string;
}

export type Json =
  | null
  | boolean
  | number
  | string
  | SpelledNumber
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

// The standard library's types do not have source access and raw JSON yet.
interface RawJson {
  rawJSON(text: string): SpelledNumber;
  isRawJSON(value: unknown): value is SpelledNumber;
  parse(text: string, reviver: (key: string, value: Json, context: { readonly source?: string }) => Json): Json;
}
const raw: RawJson = JSON as unknown as RawJson;

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The number that `text` spells; a plain number where nothing is lost by that. */
export function spelled(text: string): number | SpelledNumber {
  if (!numberPattern.test(text)) {
    throw new RunferryError("bad_json", `${JSON.stringify(text)} is not a JSON number`, {
      hint: "spell it as JSON does, for example 1.0, -3 or 1e-05",
      data: "nothing was written",
    });
  }
  const value = Number(text);
  return String(value) === text || text === "-0" ? value : raw.rawJSON(text);
}

export function isSpelled(value: unknown): value is SpelledNumber {
  return raw.isRawJSON(value);
}

/** Parses JSON and keeps the spelling of every number that a JavaScript number would not give back. */
export function parseJson(text: string): Json {
  return raw.parse(text, (_key, value, context) =>
    typeof value === "number" && context.source !== undefined ? spelled(context.source) : value,
  );
}

/** Writes what `parseJson` reads; `-0` keeps its sign. Key order is kept. With `indent`, on many lines, for people. */
export function stringifyJson(value: Json, indent?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => (Object.is(item, -0) ? raw.rawJSON("-0") : item), indent);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSpelled(value);
}

export function isJsonList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** Equal content, whatever the order of keys. Numbers are equal when spelled alike: `1.0` is not `1`. */
export function sameJson(a: Json, b: Json): boolean {
  return Object.is(a, b) || canonicalJson(a) === canonicalJson(b);
}

/** The same text for the same content: keys sorted, numbers as spelled. */
export function canonicalJson(value: Json): string {
  return stringifyJson(sorted(value));
}

function sorted(value: Json): Json {
  if (isJsonList(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return mapJsonObject(
    Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as JsonObject,
    sorted,
  );
}

/** Deeper nesting than this is not logged and not read: it would overflow the stack of whoever walks it. */
export const maxDepth = 200;

/** Whether lists and objects are nested more than `limit` deep. */
export function isDeeper(value: Json, limit: number): boolean {
  if (typeof value !== "object" || value === null || isSpelled(value)) return false;
  return limit === 0 || Object.values(value).some((item) => isDeeper(item, limit - 1));
}

/** The object with each value mapped. It defines own properties, so a key such as `__proto__` stays a key. */
export function mapJsonObject(object: JsonObject, map: (value: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value, key)]));
}
