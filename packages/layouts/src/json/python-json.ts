import { isJsonList, isJsonObject, type Json, mapJsonObject, parseJson } from "@runferry/core";

// Text in JSON can hold NUL only escaped, and nobody names a value so.
const mark = "\0number:";
const textOrWord = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/gs;
const word = /NaN|Infinity/;

/**
 * JSON as Python's `json` writes it: NaN, Infinity and -Infinity stand bare, and become numbers. The spelling of every
 * other number is kept. Throws a SyntaxError for anything else.
 */
export function parsePythonJson(text: string): Json {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (!word.test(plain)) return parseJson(plain);
  const marked = plain.replace(textOrWord, (found) => (found.startsWith('"') ? found : JSON.stringify(mark + found)));
  return unmarked(parseJson(marked));
}

function unmarked(value: Json): Json {
  if (typeof value === "string" && value.startsWith(mark)) return Number(value.slice(mark.length));
  if (isJsonList(value)) return value.map(unmarked);
  return isJsonObject(value) ? mapJsonObject(value, unmarked) : value;
}
