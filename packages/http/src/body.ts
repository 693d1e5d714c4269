import type { Readable } from "node:stream";
import { isJsonObject, type JsonObject } from "@runferry/core";

/** The JSON object that a text is; undefined for everything else, such as a log-in page. */
export function jsonObjectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // an answer of something in between
  }
}

const mostText = 64 * 1024;

/** The beginning of a body as text, enough for what an error says. The rest is not fetched. */
export async function beginningOf(body: Readable): Promise<string> {
  let text = "";
  for await (const part of body) {
    text += String(part);
    if (text.length > mostText) break;
  }
  return text;
}

/** A body without its first bytes, for servers that do not know ranges. */
export function skipping(body: Readable, bytes: number): Readable {
  let left = bytes;
  return body.flatMap(async (part: Uint8Array) => {
    const skipped = Math.min(left, part.length);
    left -= skipped;
    return skipped < part.length ? [part.subarray(skipped)] : [];
  }) as Readable;
}
