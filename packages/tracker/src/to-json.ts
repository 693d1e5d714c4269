import { isSpelled, type Json, type JsonObject, messageOf, spelled, stringifyJson } from "@runferry/core";
import { contentOf, isTensor, isTypedArray, toNumber } from "./numbers.ts";

const maxDepth = 100;

/** What was logged as structured data, as JSON: structure kept, what JSON has no form for in its nearest one. */
export function toJson(value: unknown, depth = 0): Json {
  if (depth > maxDepth) return "(nested too deep, or in itself)";
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : exact(value);
    case "object":
      return value === null ? null : objectToJson(value, depth + 1);
    case "function":
      return `(function ${value.name || "without a name"})`;
    case "symbol":
      return String(value);
    default:
      return null;
  }
}

/** As an object of params: the entries of a map or an object. `undefined` is left out. */
export function toJsonObject(values: object, depth = 0): JsonObject {
  const entries = values instanceof Map ? [...values] : Object.entries(values);
  const given = entries.filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([key, value]): [string, Json] => [keyOf(key), toJson(value, depth)]));
}

function objectToJson(value: object, depth: number): Json {
  if (isSpelled(value)) return value;
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof Set) return [...value].map((item) => toJson(item, depth));
  if (value instanceof Map) return toJsonObject(value, depth);
  if (value instanceof RegExp || value instanceof URL) return String(value);
  if (value instanceof Error) return messageOf(value);
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return toJson(value.valueOf(), depth);
  if (isTypedArray(value)) return Array.from(value, (item) => toJson(item, depth));
  if (isTensor(value)) return toJson(contentOf(value), depth);
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === "function") return toJson(toJSON.call(value), depth);
  const converted = isPlain(value) ? undefined : toNumber(value);
  return converted && "number" in converted ? toJson(converted.number) : toJsonObject(value, depth);
}

/** What has a class of its own may be a tensor or another library's number. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function keyOf(key: unknown): string {
  return typeof key === "object" && key !== null ? JSON.stringify(toJson(key)) : String(key);
}

/** The number with all its digits; a JavaScript number would round it. */
function exact(value: bigint): Json {
  return spelled(String(value));
}

/** What was given for a tag as text; `null` deletes. */
export function toTag(value: unknown): string | null {
  if (value === null || typeof value === "string") return value;
  return typeof value === "object" ? stringifyJson(toJson(value)) : String(value);
}
