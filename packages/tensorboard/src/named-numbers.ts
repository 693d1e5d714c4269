import { isJsonList, isJsonObject, type Json } from "@runferry/core";

/** JSON has no word for the numbers that are not finite: their names stand for them, as text. */
export function namedNumbers<T extends Json>(value: T): T {
  return named(value) as T;
}

function named(value: Json): Json {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (isJsonList(value)) return value.map(named);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, item === undefined ? item : named(item)]));
}
