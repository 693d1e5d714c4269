import { isJsonList, isJsonObject, isSpelled, type Json } from "@runferry/core";

/** What `JSON.parse` would give, but for whole numbers that a JavaScript number cannot hold: those are bigints. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };

export function plainValue(value: Json): PlainValue {
  if (isSpelled(value)) {
    const number = Number(value.rawJSON);
    return /^-?\d+$/.test(value.rawJSON) && !Number.isSafeInteger(number) ? BigInt(value.rawJSON) : number;
  }
  if (isJsonList(value)) return value.map(plainValue);
  if (!isJsonObject(value)) return value as null | boolean | number | string;
  return withoutPrototype(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}

/** An object whose keys are only those given, so that `constructor` and `__proto__` are names like any other. */
export function withoutPrototype<T>(entries: Iterable<readonly [string, T]>): { readonly [name: string]: T } {
  const object = Object.create(null) as { [name: string]: T };
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}
