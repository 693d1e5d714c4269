import { RunferryError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { isJsonList, isSpelled, type Json, type JsonObject, maxDepth } from "./json.ts";
import { numericField } from "./numeric-field.ts";

/**
 * The event in the form in which every journal can hold it and every destination read it; the same object where nothing
 * is to be done. Half a surrogate pair has no UTF-8: it is written out as `\ud83d`, six plain characters, so that nothing
 * is lost and different names stay different. In the user's own JSON, NaN and the infinities become the texts that name
 * them. Throws `bad_event` for what is no JSON at all.
 */
export function storable<E extends RunEvent>(event: E): E {
  if (event.kind === "metrics.logged" && event.context === undefined && hasPlainKeys(event.values)) return event;
  const numbers = numericField[event.kind];
  return storableFields(event as unknown as JsonObject, event.kind, 0, (key) => key === numbers) as unknown as E;
}

function hasPlainKeys(values: object): boolean {
  for (const key in values) if (!key.isWellFormed()) return false;
  return true;
}

function storableFields(
  fields: JsonObject,
  where: string,
  depth: number,
  isNumeric: (key: string) => boolean,
): JsonObject {
  let changed = false;
  const entries = Object.entries(fields).map(([key, value]): [string, Json] => {
    const plainKey = wellFormed(key);
    const safe = value === undefined ? value : storableValue(value, `${where} ${plainKey}`, depth, isNumeric(key));
    changed ||= plainKey !== key || safe !== value;
    return [plainKey, safe];
  });
  return changed ? Object.fromEntries(entries) : fields;
}

function storableValue(value: Json, where: string, depth: number, isNumeric: boolean): Json {
  switch (typeof value) {
    case "string":
      return wellFormed(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) || isNumeric ? value : String(value);
    case "object": {
      if (value === null || isSpelled(value)) return value;
      if (depth === maxDepth) throw badValue(where, `is nested more than ${maxDepth} deep`);
      if (!isJsonList(value) && !isPlain(value))
        throw badValue(where, "is an object of a class, which JSON would change");
      if (!isJsonList(value)) return storableFields(value as JsonObject, where, depth + 1, () => isNumeric);
      const safe = value.map((item, i) => storableValue(item ?? null, `${where}[${i}]`, depth + 1, isNumeric));
      return safe.every((item, i) => item === value[i]) ? value : safe;
    }
    default:
      throw badValue(where, `is a ${typeof value}, which JSON has no form for`);
  }
}

/** Not a Date, a Map, or another object that JSON would turn into something else. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** As Python's `backslashreplace` writes it. */
function wellFormed(text: string): string {
  return text.isWellFormed()
    ? text
    : text.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
}

function badValue(where: string, problem: string): RunferryError {
  return new RunferryError("bad_event", `${where} ${problem}`, {
    hint: "log plain JSON: text, numbers, true, false, null, lists and objects; large integers as text or spelled()",
    data: "the event was not written; everything before it stands",
  });
}
