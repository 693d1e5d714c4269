import { isJsonList, isJsonObject, isSpelled, type Json, mapJsonObject } from "@runferry/core";

/** A param as a config can hold it: numbers that are out of every range become text. The same object where there are none. */
export function configValue(value: Json): Json {
  if (isSpelled(value)) return Number.isFinite(Number(value.rawJSON)) ? value : value.rawJSON;
  if (isJsonList(value)) {
    const list = value.map(configValue);
    return list.every((item, i) => Object.is(item, value[i])) ? value : list;
  }
  if (!isJsonObject(value)) return value;
  const object = mapJsonObject(value, configValue);
  return Object.entries(value).every(([key, item]) => Object.is(object[key], item)) ? value : object;
}
