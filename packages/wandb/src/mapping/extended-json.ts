import { type Json, parseJson } from "@runferry/core";

// JSON with the bare words NaN, Infinity and -Infinity, as W&B has it inside of its strings.

/** A value of a metric. Whole numbers beyond 2^53 get an exponent, so that no reader takes them for 64-bit integers. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  if (Math.abs(value) < 2 ** 53) return plainText(value);
  return Math.abs(value) < 1e21 ? value.toExponential() : String(value);
}

/** `String` keeps thousands of numbers with their texts, old ones too: of a million rows that is much memory. */
export function plainText(value: number): string {
  return JSON.stringify(value);
}

/** Reads a line of history or a summary; the bare words become text. Throws where it is no JSON even so. */
export function parseExtended(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(withWordsQuoted(text));
  }
}

/** The same, with the spelling of numbers kept. */
export function parseExtendedConfig(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return parseJson(withWordsQuoted(text));
  }
}

function withWordsQuoted(text: string): string {
  // Strings are taken as a whole, so that words within them stay.
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) => (part[0] === '"' ? part : `"${part}"`));
}

const words: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** The number that a value of a row is, also where a server has made text of a bare word. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return typeof value === "string" ? words.get(value) : undefined;
}

/** Text for a row: what would be taken for one of the words stands behind a backslash. */
export function textForRow(text: string): string {
  return JSON.stringify(/^\\*(?:NaN|-?Infinity)$/.test(text) ? `\\${text}` : text);
}

export function textFromRow(text: string): string {
  return /^\\+(?:NaN|-?Infinity)$/.test(text) ? text.slice(1) : text;
}
