import { isSpelled, type JsonObject, mapJsonObject } from "@runferry/core";

/** Whoever passes on what we told may spell its numbers anew: `1.7e+12`. Only the object's own fields are looked at. */
export function withPlainNumbers(told: JsonObject): JsonObject {
  return mapJsonObject(told, (value) => (isSpelled(value) ? Number(value.rawJSON) : value));
}
