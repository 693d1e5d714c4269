import { maxLineBytes, tailBytes } from "./codec.ts";
import type { Recorded } from "./events.ts";
import { hasGoodChecksum, nextBoundary, parseBody } from "./parse-line.ts";
import { upcast } from "./upcast.ts";

/** A range of bytes in which nothing could be read. */
export interface Damage {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** In the order of the file. */
export type Decoded = Recorded | Damage;

export function isDamage(decoded: Decoded): decoded is Damage {
  return !("seq" in decoded);
}

export interface Decoder {
  /** Takes the next bytes of the file, in any cut, and gives what is now whole. */
  push(bytes: Uint8Array): readonly Decoded[];
  /** Where the last whole line ends: an appender cuts the file here first. */
  readonly wholeBytes: number;
  /** Bytes after the last newline: an append under way, or one that a crash cut short. They are no event. */
  readonly tornBytes: number;
}

const newline = 10;
const lineStart = new TextEncoder().encode('{"seq":');
/** How many places in a damaged stretch are tried as the start of one event; bounds the work on hostile input. */
const maxStarts = 32;

/**
 * Reads lines of a journal from bytes. A damaged line is skipped and named; inside it, every stretch that closes with
 * its own good checksum is still read, so a lost newline loses nothing.
 */
export function createDecoder(): Decoder {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let format = 1;
  let offset = 0; // of rest[0] in the file
  let rest: Uint8Array = new Uint8Array(0);
  let skipping = false; // inside a line that is longer than any line may be
  let skipped = 0; // its bytes so far

  function push(bytes: Uint8Array): readonly Decoded[] {
    const buffer = rest.length === 0 ? bytes : concatenated(rest, bytes);
    const found: Decoded[] = [];
    // Decoding a whole chunk at once is much cheaper than line by line; only plain ASCII maps bytes to characters.
    const whole = asciiOf(buffer, text);
    let from = 0;
    for (let to = buffer.indexOf(newline, rest.length); to >= 0; to = buffer.indexOf(newline, from)) {
      if (skipping) {
        found.push({ from: offset - skipped, to: offset + to + 1, reason: `is longer than ${maxLineBytes} bytes` });
        skipping = false;
        skipped = 0;
      } else if (to > from) {
        const event = readEvent(buffer, from, to, whole);
        if (typeof event === "string") salvage(buffer, from, to, event, found);
        else found.push(event);
      }
      from = to + 1;
    }
    keep(buffer, from);
    return found;
  }

  function keep(buffer: Uint8Array, from: number): void {
    offset += from;
    rest = buffer.slice(from);
    if (!skipping && rest.length <= maxLineBytes) return;
    // Nothing in here can become an event: forget the bytes and only find the end of the line.
    skipping = true;
    skipped += rest.length;
    offset += rest.length;
    rest = new Uint8Array(0);
  }

  /** The event in exactly this range, or why there is none. */
  function readEvent(buffer: Uint8Array, from: number, to: number, whole: string | undefined): Recorded | string {
    if (!hasGoodChecksum(buffer, from, to)) return "fails its checksum";
    let body: string;
    try {
      body = whole?.slice(from, to - tailBytes) ?? text.decode(buffer.subarray(from, to - tailBytes));
    } catch {
      return "is not UTF-8";
    }
    const event = parseBody(body);
    if (typeof event === "string") return event;
    if (event.kind === "run.started") format = event.format;
    return upcast(event, format);
  }

  function salvage(buffer: Uint8Array, from: number, to: number, reason: string, found: Decoded[]): void {
    let good = from; // everything before is read or named
    let why = reason;
    let previous = from;
    for (let end = nextBoundary(buffer, from, to); end >= 0; end = nextBoundary(buffer, end, to)) {
      for (const start of startsOf(buffer, previous, end)) {
        const event = readEvent(buffer, start, end, undefined);
        if (typeof event === "string") {
          why = event;
          continue;
        }
        if (start > good) found.push({ from: offset + good, to: offset + start, reason });
        found.push(event);
        good = end;
        break;
      }
      previous = end;
    }
    if (good < to) found.push({ from: offset + good, to: offset + to, reason: good === from ? why : reason });
  }

  return {
    push,
    get wholeBytes() {
      return offset - skipped;
    },
    get tornBytes() {
      return rest.length + skipped;
    },
  };
}

function startsOf(buffer: Uint8Array, from: number, to: number): number[] {
  const starts: number[] = [];
  for (let at = buffer.indexOf(123, from); at >= 0 && at < to; at = buffer.indexOf(123, at + 1)) {
    if (!lineStart.every((byte, i) => buffer[at + i] === byte)) continue;
    starts.push(at);
    if (starts.length === maxStarts) break;
  }
  return starts;
}

function asciiOf(buffer: Uint8Array, text: TextDecoder): string | undefined {
  try {
    const whole = text.decode(buffer);
    return whole.length === buffer.length ? whole : undefined;
  } catch {
    return undefined; // not UTF-8 as a whole: a cut character at the end, or damage
  }
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
