import { closeSync, openSync, writeFileSync } from "node:fs";
import { isJsonList, isJsonObject, type Json, stringifyJson } from "@runferry/core";

/** Lists of runs lie no deeper. */
const deepest = 4;
const pieceLength = 64 * 1024;

/** Writes a value for people, as `stringifyJson` does: piece by piece, since a report has as many lines as there are runs. */
export function writeJson(path: string, value: Json): void {
  const file = openSync(path, "w");
  try {
    let text = "";
    for (const piece of pieces(value, 0)) {
      text += piece;
      if (text.length < pieceLength) continue;
      writeFileSync(file, text);
      text = "";
    }
    writeFileSync(file, `${text}\n`);
  } finally {
    closeSync(file);
  }
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
