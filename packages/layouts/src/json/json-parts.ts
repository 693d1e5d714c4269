import { createBytePlace } from "./byte-place.ts";

/** One value of a JSON text, as deep as was asked for. */
export interface Part {
  /** The keys and indexes that lead to it. */
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** Where it begins: bytes from 0, lines from 1. */
  readonly offset: number;
  readonly line: number;
}

/** Why the rest of a text could not be read. Every part before it was whole. */
export interface Broken {
  readonly why: string;
  readonly offset: number;
  readonly line: number;
}

export interface PartsOptions {
  /** How many keys and indexes lead to a part, where the text goes that deep. */
  readonly depth: number;
  /** The containers that are open where the bytes begin, which is at a value. Reading ends where the last one closes. */
  readonly within?: readonly Container[];
}

export interface Container {
  readonly list: boolean;
  /** The key, or the index, of the value that is next or under way. */
  key: string | number;
}

/** A part longer than this is no number, text or row of a tracker. */
const mostBytes = 256 * 1024 * 1024;

const [quote, backslash, comma, colon, openList, closeList, openObject, closeObject] = [
  0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d,
] as const;

/**
 * The values of a JSON text at a depth, one after the other: memory is bounded by the largest of them, and what comes
 * before damage is given. The returned value says where the text breaks off or makes no sense.
 */
export async function* jsonParts(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { depth, within = [] }: PartsOptions,
): AsyncGenerator<Part, Broken | undefined> {
  const stack: Container[] = within.map((container) => ({ ...container }));
  const place = createBytePlace();
  let expects: "value" | "key" | "colon" | "next" | "nothing" = "value";
  /** The value or key under way. */
  let part:
    | { readonly isKey: boolean; readonly offset: number; readonly line: number; taken: Uint8Array[] }
    | undefined;
  let [nesting, inText, escaped, held] = [0, false, false, 0];
  let shape: "text" | "container" | "word" = "word";

  const broken = (why: string): Broken => ({ why, ...place.now });
  const pathNow = () => stack.map(({ key }) => key);

  for await (const chunk of bytes) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      place.at(i, byte);
      if (part) {
        if (inText) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inText = false;
          if (inText || shape === "container") continue;
        } else if (shape === "container") {
          if (byte === quote) inText = true;
          else if (byte === openList || byte === openObject) nesting++;
          else if (byte === closeList || byte === closeObject) nesting--;
          if (nesting > 0) continue;
        } else if (!isEndOfWord(byte)) continue;
        const end = shape === "word" ? i : i + 1;
        const text = textOf([...part.taken, chunk.subarray(start, end)]);
        const { isKey, offset, line } = part;
        part = undefined;
        held = 0;
        if (isKey) {
          const key = keyOf(text);
          if (key === undefined) return broken("a key is damaged");
          stack.at(-1)!.key = key;
          expects = "colon";
        } else {
          yield { path: pathNow(), text, offset, line };
          expects = stack.length > 0 ? "next" : "nothing";
        }
        if (shape !== "word") continue; // the byte that ended a word is looked at below
      }
      if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
      if (byte >= 0xbb && place.now.offset < 3) continue; // a byte order mark
      if (expects === "nothing") return broken("something follows the end");
      const inside = stack.at(-1);
      if (expects === "colon") {
        if (byte !== colon) return broken("a colon is missing");
        expects = "value";
      } else if (inside && byte === (inside.list ? closeList : closeObject) && expects !== "value") {
        stack.pop();
        expects = stack.length > 0 ? "next" : "nothing";
        if (within.length > 0 && stack.length < within.length) return undefined;
      } else if (expects === "next") {
        if (byte !== comma) return broken("a comma is missing");
        if (inside!.list) inside!.key = Number(inside!.key) + 1;
        expects = inside!.list ? "value" : "key";
      } else if (inside?.list && byte === closeList && inside.key === 0) {
        stack.pop();
        expects = stack.length > 0 ? "next" : "nothing";
      } else if (expects === "key") {
        if (byte !== quote) return broken("a key is missing");
        part = { isKey: true, ...place.now, taken: [] };
        [shape, inText, escaped, start] = ["text", true, false, i];
      } else if ((byte === openList || byte === openObject) && stack.length < depth) {
        stack.push({ list: byte === openList, key: byte === openList ? 0 : "" });
        expects = byte === openList ? "value" : "key";
      } else if (byte === comma || byte === colon || byte === closeList || byte === closeObject) {
        return broken("a value is missing");
      } else {
        part = { isKey: false, ...place.now, taken: [] };
        shape = byte === quote ? "text" : byte === openList || byte === openObject ? "container" : "word";
        [inText, escaped, start, nesting] = [byte === quote, false, i, shape === "container" ? 1 : 0];
      }
    }
    if (part) {
      part.taken.push(chunk.slice(start));
      held += chunk.length - start;
      if (held > mostBytes) return broken(`a value is longer than ${mostBytes} bytes`);
    }
    place.passed(chunk.length);
  }
  if (part && shape === "word" && stack.length === 0 && !part.isKey) {
    yield { path: [], text: textOf(part.taken), offset: part.offset, line: part.line };
    return undefined;
  }
  return expects === "nothing" ? undefined : broken("it stops in the middle");
}

function isEndOfWord(byte: number): boolean {
  return byte === comma || byte === closeList || byte === closeObject || byte === colon || byte <= 0x20;
}

function textOf(taken: readonly Uint8Array[]): string {
  return Buffer.concat(taken).toString("utf8");
}

function keyOf(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
