import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { jsonObjectOf } from "@runferry/http";

export type Headers = { readonly [name: string]: string };

/** The most of an answer that is held in memory. */
const mostBytes = 256 * 1024 * 1024;

/** The whole of a body as text, also of a zipped one. */
export async function textOf(headers: Headers, body: Readable): Promise<string> {
  const zipped = /gzip/i.test(headers["content-encoding"] ?? "");
  // The error of the one is the error of the other, and is thrown below.
  const plain = zipped ? pipeline(body, createGunzip(), () => undefined) : body;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of plain) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > mostBytes) throw new Error(`its answer is over ${mostBytes} bytes`);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** How long the rate limit asks to be left alone: to the end of its window, once nothing is left of it. */
export function pauseOf(headers: Headers): number | undefined {
  const remaining = headers["ratelimit-remaining"];
  const reset = Number(headers["ratelimit-reset"]);
  return remaining !== undefined && Number(remaining) <= 0 && reset > 0 ? reset * 1000 : undefined;
}

/** What an answer says of itself, in any of the forms that W&B and the stores of files use. */
export function wordsOf(text: string): string {
  const said = jsonObjectOf(text);
  if (!said) {
    if (!/^\s*</.test(text)) return text.trim().slice(0, 500);
    const [, code, words] = /<Code>([^<]*)<\/Code>(?:\s*<Message>([^<]*)<\/Message>)?/.exec(text) ?? [];
    return [code, words]
      .filter((part) => part !== undefined)
      .join(": ")
      .slice(0, 2000);
  }
  const { errors, error, message } = said;
  const found = [...(Array.isArray(errors) ? errors : []), error, message].map((one: unknown) =>
    typeof one === "string" ? one : String((one as { readonly message?: unknown } | null | undefined)?.message ?? ""),
  );
  return found
    .filter((one) => one !== "")
    .join("; ")
    .slice(0, 2000);
}
