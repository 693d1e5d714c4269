import { isJsonList, isSpelled, type Json, type JsonObject, type RunStatus, stringifyJson } from "@runferry/core";
import type { HParamsData, HParamValue, Value } from "./messages.ts";
import { hparamsCodec } from "./schema.ts";
import { nullTensor } from "./tensor.ts";

export const startTag = "_hparams_/session_start_info";
export const endTag = "_hparams_/session_end_info";

/** The value that makes a run a session of the HPARAMS tab. Its first one holds for ever, whatever comes later. */
export function sessionStart(params: Iterable<readonly [string, Json]>, startedAt: number): Value {
  const flat = flatParams(params);
  const names = [...flat.keys()].sort(byBytes);
  const hparams = Object.fromEntries(names.map((name) => [name, flat.get(name)!]));
  return sessionValue(startTag, { sessionStartInfo: { hparams, startTimeSecs: startedAt / 1000 } });
}

/** Params by the names and in the forms that the tab has columns for. */
export function flatParams(params: Iterable<readonly [string, Json]>): Map<string, HParamValue> {
  const flat = new Map<string, HParamValue>();
  for (const [name, value] of params) flatten(name, value, flat);
  return flat;
}

/** How a session has ended, or that it runs after all. */
export function sessionEnd(status: RunStatus, at: number): Value {
  if (status === "running") return sessionValue(endTag, { sessionEndInfo: { status: 3 } });
  return sessionValue(endTag, { sessionEndInfo: { status: status === "finished" ? 1 : 2, endTimeSecs: at / 1000 } });
}

function sessionValue(tag: string, data: HParamsData): Value {
  return hparamsValue(tag, hparamsCodec.encode(data));
}

/** What the plugin hparams reads is in the metadata alone. */
export function hparamsValue(tag: string, content: Uint8Array): Value {
  return { tag, tensor: nullTensor, metadata: { pluginData: { pluginName: "hparams", content } } };
}

/** The tab has columns for numbers, booleans and texts only. Objects become `a.b`, lists stay JSON, null is no value. */
function flatten(name: string, value: Json, flat: Map<string, HParamValue>): void {
  const key = name.toWellFormed();
  if (value === null) return;
  if (typeof value === "boolean") flat.set(key, { boolValue: value });
  else if (typeof value === "string") flat.set(key, { stringValue: value.toWellFormed() });
  else if (typeof value === "number" || isSpelled(value)) flat.set(key, numberValue(value));
  else if (isJsonList(value)) flat.set(key, { stringValue: stringifyJson(value).toWellFormed() });
  else for (const [inner, item] of Object.entries(value as JsonObject)) flatten(`${name}.${inner}`, item, flat);
}

/** A number that 64 bits cannot hold exactly, or that the tab would drop, is shown as text. */
function numberValue(value: Json): HParamValue {
  const text = stringifyJson(value);
  const number = isSpelled(value) ? Number(text) : (value as number);
  if (!Number.isFinite(number)) return { stringValue: String(number) };
  const isLarge = Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(text);
  return isLarge ? { stringValue: text } : { numberValue: number };
}

/** The params of a session as another tool wrote them. */
export function readParams(hparams: { readonly [name: string]: HParamValue }): JsonObject {
  const entries = Object.entries(hparams).flatMap(([name, value]): [string, Json][] => {
    const known = value.numberValue ?? value.stringValue ?? value.boolValue;
    if (known === undefined) return [];
    return [[name, typeof known === "number" && !Number.isFinite(known) ? String(known) : known]];
  });
  return Object.fromEntries(entries);
}

const encoder = new TextEncoder();

function byBytes(a: string, b: string): number {
  return Buffer.compare(encoder.encode(a), encoder.encode(b));
}
