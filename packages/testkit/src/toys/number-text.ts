import type { Json } from "@runferry/core";

/** Any number as text; JSON has no word for NaN and the infinities. */
export function numberText(value: Json): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

export function numberOf(text: Json): number {
  return Number(text);
}
