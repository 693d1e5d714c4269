import { isAscii } from "node:buffer";

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

/** Takes a text piece by piece. */
export interface PartReader {
  /** The parts that are whole now. Of the bytes nothing is kept. */
  push(bytes: Uint8Array): readonly Part[];
  /** The same, at the end of the text. */
  end(): readonly Part[];
  /** Nothing more is read. */
  readonly isOver: boolean;
  readonly broken: Broken | undefined;
}

/** A part longer than this is no number, text or row of a tracker. */
const mostBytes = 256 * 1024 * 1024;

const [quote, backslash, comma, colon, openList, closeList, openObject, closeObject] = [
  0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d,
] as const;
const newline = 0x0a;

export function createPartReader({ depth, within = [] }: PartsOptions): PartReader {
  const stack: Container[] = within.map((container) => ({ ...container }));
  let expects: "value" | "key" | "colon" | "next" | "nothing" = "value";
  /** The value or key under way. */
  let part:
    | { readonly isKey: boolean; readonly offset: number; readonly line: number; readonly taken: Uint8Array[] }
    | undefined;
  let shape: "text" | "container" | "word" = "word";
  let [nesting, inText, escaped, held] = [0, false, false, 0];
  /** Where the piece under way begins, and the line of the byte that is looked at. */
  let [base, line] = [0, 1];
  let endedLine = false; // by the last byte of the piece before
  let broken: Broken | undefined;
  let isOver = false;

  function push(chunk: Uint8Array): readonly Part[] {
    const parts: Part[] = [];
    const textBetween = textsOf(chunk);
    let start = 0;
    for (let i = 0; i < chunk.length && !isOver; ) {
      if (part) {
        const end = endIn(chunk, i);
        if (end < 0) break;
        const before = part.taken;
        const text =
          before.length === 0
            ? textBetween(start, end)
            : Buffer.concat([...before, chunk.subarray(0, end)]).toString("utf8");
        i = end;
        take(text, base + end - 1, parts);
        continue;
      }
      if (endedLine) line++;
      const byte = chunk[i]!;
      endedLine = byte === newline;
      if (look(byte, base + i)) start = i;
      i++;
    }
    if (part) {
      part.taken.push(new Uint8Array(chunk.subarray(start))); // a copy: the piece is overwritten
      held += chunk.length - start;
      if (held > mostBytes) stop(`a value is longer than ${mostBytes} bytes`, base + chunk.length - 1);
    }
    base += chunk.length;
    return parts;
  }

  /** Where the part under way ends in these bytes, or -1 where it goes on behind them. */
  function endIn(chunk: Uint8Array, from: number): number {
    // Variables of its own: this loop sees every byte.
    let [i, depthHere, isText, isEscaped, lines, ended] = [from, nesting, inText, escaped, line, endedLine];
    let end = -1;
    if (shape === "word") {
      while (i < chunk.length && !isEndOfWord(chunk[i]!)) i++;
      return i < chunk.length ? i : end;
    }
    for (; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (ended) lines++;
      ended = byte === newline;
      if (isText) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) {
          isText = false;
          if (depthHere === 0) end = i + 1;
        }
      } else if (byte === quote) isText = true;
      else if (byte === openList || byte === openObject) depthHere++;
      else if ((byte === closeList || byte === closeObject) && --depthHere === 0) end = i + 1;
      if (end >= 0) break;
    }
    [nesting, inText, escaped, line, endedLine] = [depthHere, isText, isEscaped, lines, ended];
    return end;
  }

  /** The part under way is whole. */
  function take(text: string, last: number, parts: Part[]): void {
    const { isKey, offset, line: at } = part!;
    part = undefined;
    held = 0;
    if (!isKey) {
      parts.push({ path: stack.map(({ key }) => key), text, offset, line: at });
      expects = stack.length > 0 ? "next" : "nothing";
      return;
    }
    const key = keyOf(text);
    if (key === undefined) stop("a key is damaged", last);
    else stack.at(-1)!.key = key;
    expects = "colon";
  }

  /** Takes a byte between parts; true where one begins with it. */
  function look(byte: number, offset: number): boolean {
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return false;
    if (byte >= 0xbb && offset < 3) return false; // a byte order mark
    if (expects === "nothing") stop("something follows the end", offset);
    else if (expects === "colon") {
      if (byte !== colon) stop("a colon is missing", offset);
      expects = "value";
    } else if (isClosing(byte)) {
      stack.pop();
      expects = stack.length > 0 ? "next" : "nothing";
      if (within.length > 0 && stack.length < within.length) isOver = true;
    } else if (expects === "next") {
      const inside = stack.at(-1)!;
      if (byte !== comma) stop("a comma is missing", offset);
      if (inside.list) inside.key = Number(inside.key) + 1;
      expects = inside.list ? "value" : "key";
    } else if (expects === "key") {
      if (byte === quote) return begin("text", true, offset);
      stop("a key is missing", offset);
    } else if ((byte === openList || byte === openObject) && stack.length < depth) {
      stack.push({ list: byte === openList, key: byte === openList ? 0 : "" });
      expects = byte === openList ? "value" : "key";
    } else if (byte === comma || byte === colon || byte === closeList || byte === closeObject) {
      stop("a value is missing", offset);
    } else if (byte === quote) return begin("text", false, offset);
    else return begin(byte === openList || byte === openObject ? "container" : "word", false, offset);
    return false;
  }

  /** Whether the byte closes the innermost container, which it may behind a value and where nothing is in it yet. */
  function isClosing(byte: number): boolean {
    const inside = stack.at(-1);
    if (inside === undefined || byte !== (inside.list ? closeList : closeObject)) return false;
    return expects !== "value" || (inside.list && inside.key === 0);
  }

  function begin(as: typeof shape, isKey: boolean, offset: number): true {
    part = { isKey, offset, line, taken: [] };
    shape = as;
    [inText, escaped, nesting] = [as === "text", false, as === "container" ? 1 : 0];
    return true;
  }

  function stop(why: string, offset: number): void {
    broken ??= { why, offset, line };
    isOver = true;
    part = undefined;
  }

  function end(): readonly Part[] {
    if (isOver) return [];
    isOver = true;
    const parts: Part[] = [];
    if (part && shape === "word" && stack.length === 0 && !part.isKey) {
      take(Buffer.concat(part.taken).toString("utf8"), base - 1, parts);
    } else if (expects !== "nothing") {
      stop("it stops in the middle", Math.max(0, base - 1));
    }
    return parts;
  }

  return {
    push,
    end,
    get isOver() {
      return isOver;
    },
    get broken() {
      return broken;
    },
  };
}

/** The texts in a piece. Where one byte is one character the whole is decoded once, and they are parts of it. */
function textsOf(chunk: Uint8Array): (start: number, end: number) => string {
  const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  let whole: string | undefined;
  const isPlain = isAscii(chunk);
  return (start, end) => {
    if (!isPlain) return buffer.toString("utf8", start, end);
    whole ??= buffer.toString("latin1");
    return whole.slice(start, end);
  };
}

function isEndOfWord(byte: number): boolean {
  return byte === comma || byte === closeList || byte === closeObject || byte === colon || byte <= 0x20;
}

function keyOf(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
