import { maxLineBytes, tailBytes } from "./codec.ts";
import type { Recorded } from "./events.ts";
import { checksumAt, hasGoodChecksum, parseBody } from "./parse-line.ts";
import { goodRanges, startsLine } from "./salvage.ts";
import { upcast } from "./upcast.ts";

/** A range of bytes in which nothing could be read. */
export interface Damage {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** Events in it, as far as can be told: 0 for stray bytes, and for the second half of an event broken by a newline. */
  readonly events: 0 | 1;
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
  let half: { readonly opens: boolean } | undefined; // of an event, if the last line broke off

  function push(bytes: Uint8Array): readonly Decoded[] {
    const buffer = rest.length === 0 ? bytes : concatenated(rest, bytes);
    const found: Decoded[] = [];
    // Decoding a whole chunk at once is much cheaper than line by line; only plain ASCII maps bytes to characters.
    const end = buffer.indexOf(newline, rest.length);
    const whole = end >= 0 ? asciiOf(buffer, text) : undefined;
    let from = 0;
    for (let to = end; to >= 0; to = buffer.indexOf(newline, from)) {
      if (skipping) {
        const reason = `is longer than ${maxLineBytes} bytes`;
        found.push({ from: offset - skipped, to: offset + to + 1, reason, events: 1 });
        skipping = false;
        skipped = 0;
      } else if (to > from) {
        const event = readEvent(buffer, from, to, whole);
        if (typeof event === "string") salvage(buffer, from, to, event, found);
        else {
          found.push(event);
          half = undefined;
        }
      }
      from = to + 1;
    }
    keep(buffer, from);
    return found;
  }

  function keep(buffer: Uint8Array, from: number): void {
    offset += from;
    // A copy, since the caller may use its buffer again; the `slice` of a Node Buffer would be a view.
    rest = new Uint8Array(buffer.subarray(from));
    if (!skipping && rest.length <= maxLineBytes + tailBytes) return;
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

  /** Reads what is whole in a line that is not: events whose newline is lost, and those behind foreign bytes. */
  function salvage(buffer: Uint8Array, from: number, to: number, reason: string, found: Decoded[]): void {
    let good = from; // everything before is read or named
    let why = reason;
    const name = (upTo: number, because: string) => {
      const opens = startsLine(buffer, good);
      const closes = checksumAt(buffer, upTo) !== undefined;
      const isStray = !opens && !closes && (good > from || upTo < to); // beside a whole event
      const isSecondHalf = half !== undefined && !opens && (half.opens || closes);
      found.push({ from: offset + good, to: offset + upTo, reason: because, events: isStray || isSecondHalf ? 0 : 1 });
      half = isStray || closes ? undefined : { opens };
    };
    for (const [start, end] of goodRanges(buffer, from, to)) {
      const event = readEvent(buffer, start, end, undefined);
      if (typeof event === "string") {
        why = event;
        continue;
      }
      if (start > good) name(start, reason);
      found.push(event);
      half = undefined;
      good = end;
    }
    if (good < to) name(to, good === from ? why : reason);
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
