import { numberText } from "../mapping/index.ts";
import type { HistoryItem, HistoryRecord, Item } from "./messages.ts";

/** The line of history that a record is. Keys within keys become one, with dots, as W&B's own pages show them. */
export function rowTextOf({ item = [], step }: HistoryRecord): string {
  const parts = item.map((one) => `${JSON.stringify(columnOfItem(one))}:${valueTextOf(one)}`);
  const isTold = item.some((one) => columnOfItem(one) === "_step");
  if (!isTold && step) parts.push(`"_step":${step.num ?? 0}`);
  return `{${parts.join(",")}}`;
}

export function columnOfItem({ key, nestedKey = [] }: Item): string {
  return nestedKey.length > 0 ? nestedKey.join(".") : (key ?? "");
}

function valueTextOf({ valueJson, boolean, integer, number, text, json }: HistoryItem): string {
  if (valueJson !== undefined) return valueJson;
  if (json !== undefined) return json;
  if (number !== undefined) return numberText(number);
  if (integer !== undefined) return String(integer);
  if (text !== undefined) return JSON.stringify(text);
  return boolean === undefined ? "null" : String(boolean);
}
