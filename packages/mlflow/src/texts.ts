import { sha256 } from "./hash.ts";
import { ownFolder } from "./names.ts";

/** Text as every database takes it: no halves of characters, no NUL. */
export function textValue(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}

export const longestParam = 6000;
export const longestTag = 8000;

/** A text too long for its field: what stands there instead, and the file that has all of it. */
export interface LongText {
  readonly shown: string;
  readonly path: string;
  readonly text: string;
}

const rest = "\n[full text: ";

/** Undefined where the text has room. */
export function longText(text: string, longest: number): LongText | undefined {
  if (text.length <= longest) return undefined;
  const path = `${ownFolder}/text/${sha256(text)}.txt`;
  const pointer = `${rest}${path}]`;
  const shown = text.slice(0, longest - pointer.length).toWellFormed() + pointer;
  return { shown, path, text };
}

/** The path of the file that holds all of a text, where the text points to one. */
export function fullTextPath(shown: string): string | undefined {
  return /\n\[full text: (_runferry\/text\/[0-9a-f]{64}\.txt)\]$/.exec(shown)?.[1];
}
