import { isJsonList, isJsonObject, isSpelled, type Json } from "@runferry/core";

/** What Python's `str()` writes for a value: `1.0`, `True`, `None`, `1e-05`, `['a', 2]`. */
export function pythonText(value: Json): string {
  return typeof value === "string" ? value : pythonLiteral(value);
}

function pythonLiteral(value: Json): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") {
    const isWhole = /^-?\d+$/.test(String(value)) && !Object.is(value, -0);
    return isWhole ? String(value) : pythonFloat(value);
  }
  if (typeof value === "string") return quoted(value);
  if (isSpelled(value)) return /^-?\d+$/.test(value.rawJSON) ? value.rawJSON : pythonFloat(Number(value.rawJSON));
  if (isJsonList(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (!isJsonObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${quoted(key)}: ${pythonLiteral(item)}`)
    .join(", ")}}`;
}

function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits = "0", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = plainDecimal(digits, exponent);
  return text.includes(".") ? text : `${text}.0`;
}

/** JavaScript writes numbers below 1e-6 with an exponent and Python below 1e-4, so between the two it is plain here. */
function plainDecimal(digits: string, exponent: number): string {
  const sign = digits.startsWith("-") ? "-" : "";
  const bare = digits.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${bare}`;
  const whole = bare.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const rest = bare.slice(exponent + 1);
  return `${sign}${whole}${rest === "" ? "" : `.${rest}`}`;
}

const short: { readonly [character: string]: string } = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const character of text) {
    if (character === quote) body += `\\${quote}`;
    else if (character in short) body += short[character];
    else if (character !== " " && /[\p{C}\p{Z}]/u.test(character)) body += hexEscape(character.codePointAt(0)!);
    else body += character;
  }
  return quote + body + quote;
}

function hexEscape(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
