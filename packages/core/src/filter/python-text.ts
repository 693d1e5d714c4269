import { isJsonList, isJsonObject, isSpelled, type Json, stringifyJson } from "../json.ts";

/**
 * A param as Python's `str()` would write it, which is how MLflow and its users spell params: `1e-05`, `1.0`, `True`,
 * `None`, `[64, 'relu']`. Numbers are whole or not as they were spelled.
 */
export function pythonText(value: Json): string {
  return typeof value === "string" ? value : representation(value);
}

function representation(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || isSpelled(value)) return numberText(stringifyJson(value));
  if (isJsonList(value)) return `[${value.map(representation).join(", ")}]`;
  if (!isJsonObject(value)) return stringifyJson(value);
  const items = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${representation(item)}`);
  return `{${items.join(", ")}}`;
}

function numberText(spelling: string): string {
  if (/^-?\d+$/.test(spelling) && spelling !== "-0") return spelling;
  const value = Number(spelling);
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const [, sign = "", digits = "", exponent = ""] = /^(-?)([\d.]+)e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const power = Number(exponent);
  const bare = digits.replace(".", "");
  const minus = sign || (Object.is(value, -0) ? "-" : "");
  if (power < -4 || power >= 16) {
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${minus}${digits}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return `${minus}0.${"0".repeat(-power - 1)}${bare}`;
  return `${minus}${bare.slice(0, power + 1).padEnd(power + 1, "0")}.${bare.slice(power + 1) || "0"}`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{C}\p{Z}]/gu, (character) => {
    if (character === " ") return character;
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    const numbered =
      code <= 0xff
        ? `\\x${hex.padStart(2, "0")}`
        : code <= 0xffff
          ? `\\u${hex.padStart(4, "0")}`
          : `\\U${hex.padStart(8, "0")}`;
    return escapes[character] ?? numbered;
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}
