import { isJsonList, isJsonObject, type Json, stringifyJson } from "@runferry/core";
import { writePieces } from "./write-pieces.ts";

/** Lists of runs lie no deeper. */
const deepest = 4;

/** Writes a value for people, as `stringifyJson` does. */
export function writeJson(path: string, value: Json): void {
  writePieces(path, lines(value));
}

function* lines(value: Json): IterableIterator<string> {
  yield* pieces(value, 0);
  yield "\n";
}

function* pieces(value: Json, depth: number): IterableIterator<string> {
  const margin = "  ".repeat(depth);
  const items = depth < deepest ? itemsOf(value) : [];
  if (items.length === 0) {
    yield stringifyJson(value, 2).replaceAll("\n", `\n${margin}`);
    return;
  }
  yield isJsonList(value) ? "[" : "{";
  for (const [i, [head, item]] of items.entries()) {
    yield `${i > 0 ? "," : ""}\n${margin}  ${head}`;
    yield* pieces(item, depth + 1);
  }
  yield `\n${margin}${isJsonList(value) ? "]" : "}"}`;
}

/** What is in a list or an object, each with what stands before it; nothing of what is written in a way of its own. */
function itemsOf(value: Json): readonly (readonly [head: string, item: Json])[] {
  if (isJsonList(value)) return value.map((item) => ["", item ?? null]);
  if (!isJsonObject(value) || "toJSON" in value) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [[`${JSON.stringify(key)}: `, item] as const],
  );
}
