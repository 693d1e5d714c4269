import { tailBytes } from "./codec.ts";
import { crc32 } from "./crc32.ts";
import { checksumAt, nextBoundary } from "./parse-line.ts";

const lineStart = new TextEncoder().encode('{"seq":');
const brace = 123;
/** How many places at a time may be the start of the event that is looked for; bounds the work on hostile input. */
const maxStarts = 32;

/** A place that may be the start of an event, and the checksum from there up to a place further on. */
interface Start {
  readonly at: number;
  upTo: number;
  crc: number;
}

export function startsLine(bytes: Uint8Array, at: number): boolean {
  return lineStart.every((byte, i) => bytes[at + i] === byte);
}

/**
 * Finds the ranges inside a damaged line that close with their own good checksum, as [from, to]. What only looks like the
 * end of an event, e.g. a field `crc` in the user's own JSON, does not stop the search. Every byte is summed once for
 * each start, so the time grows with the length of the line and no faster.
 */
export function* goodRanges(bytes: Uint8Array, from: number, to: number): IterableIterator<[number, number]> {
  let starts: Start[] = [];
  let next = from; // where starts are looked for
  for (let end = nextBoundary(bytes, from, to); end >= 0; end = nextBoundary(bytes, end, to)) {
    const body = end - tailBytes;
    for (let at = bytes.indexOf(brace, next); at >= 0 && at < body; at = bytes.indexOf(brace, at + 1)) {
      if (startsLine(bytes, at)) starts.push({ at, upTo: at, crc: 0 });
      if (starts.length > maxStarts) starts.shift();
    }
    next = end;
    const good = starts.find((start) => sumUpTo(start, bytes, body) === checksumAt(bytes, end));
    if (!good) continue;
    starts = [];
    yield [good.at, end];
  }
}

function sumUpTo(start: Start, bytes: Uint8Array, to: number): number {
  start.crc = crc32(bytes, start.upTo, to, start.crc);
  start.upTo = to;
  return start.crc;
}
