import { numberText } from "../mapping/index.ts";
import type { HistoryItem, HistoryRecord, Item } from "./messages.ts";

type Tree = Map<string, string | Tree>;

/** The line of history that a record is. W&B's client takes objects apart, also those that stand for media. */
export function rowTextOf({ item = [], step }: HistoryRecord): string {
  const tree: Tree = new Map();
  for (const one of item) put(tree, keysOf(one), valueTextOf(one));
  if (!tree.has("_step") && step) tree.set("_step", String(step.num ?? 0));
  return textOf(tree);
}

/** The keys that lead to the value of an item. */
export function keysOf({ key = "", nestedKey = [] }: Item): readonly string[] {
  return nestedKey.length > 0 ? nestedKey : [key];
}

function put(tree: Tree, keys: readonly string[], text: string): void {
  let parent = tree;
  for (const key of keys.slice(0, -1)) {
    const held = parent.get(key);
    const inner: Tree = held instanceof Map ? held : new Map();
    parent.set(key, inner);
    parent = inner;
  }
  parent.set(keys.at(-1)!, text);
}

function textOf(tree: Tree): string {
  const parts = [...tree].map(
    ([key, value]) => `${JSON.stringify(key)}:${typeof value === "string" ? value : textOf(value)}`,
  );
  return `{${parts.join(",")}}`;
}

function valueTextOf({ valueJson, boolean, integer, number, text, json }: HistoryItem): string {
  if (valueJson !== undefined) return valueJson;
  if (json !== undefined) return json;
  if (number !== undefined) return numberText(number);
  if (integer !== undefined) return String(integer);
  if (text !== undefined) return JSON.stringify(text);
  return boolean === undefined ? "null" : String(boolean);
}
