import { type BatchLimits, batchEnd, defaultBatch, sizeOf } from "./batch.ts";
import type { Recorded } from "./events.ts";
import { createPacker } from "./packed-events.ts";

/** Events that are still to be sent, in order. */
export interface Waiting {
  readonly length: number;
  /** Whether there is more than one batch. */
  readonly isFull: boolean;
  push(event: Recorded): void;
  /** The next batch, or its first `most` events, in pieces of a thousand or fewer. */
  batch(most?: number): Generator<readonly Recorded[], undefined>;
  /** The first so many are sent. */
  drop(count: number): void;
}

interface Piece {
  readonly length: number;
  readonly bytes: number;
  events(): readonly Recorded[];
  free?(): void;
}

/** Packed: for batches so large that their events are better made anew whenever somebody asks. */
export function createWaiting(limits: BatchLimits, options: { readonly isPacked?: boolean } = {}): Waiting {
  const pack = createPacker();
  let pieces: Piece[] = [];
  let open: Recorded[] = [];
  let openBytes = 0;
  let length = 0;
  let bytes = 0;

  function push(event: Recorded): void {
    const size = sizeOf(event);
    open.push(event);
    openBytes += size;
    bytes += size;
    length++;
    if (open.length >= defaultBatch.events || openBytes >= defaultBatch.bytes) close(options.isPacked === true);
  }

  function close(isPacked: boolean): void {
    if (open.length === 0) return;
    const events = open;
    pieces.push({ length: events.length, bytes: openBytes, ...(isPacked ? pack(events) : { events: () => events }) });
    open = [];
    openBytes = 0;
  }

  function* batch(most = Number.POSITIVE_INFINITY): Generator<readonly Recorded[], undefined> {
    close(false);
    const left = { events: Math.min(most, limits.events), bytes: limits.bytes };
    for (const [i, piece] of pieces.entries()) {
      const events = piece.events();
      const isWhole = piece.length <= left.events && piece.bytes <= left.bytes;
      const to = isWhole ? piece.length : batchEnd(events, left, i === 0 ? 1 : 0);
      if (to > 0) yield to === piece.length ? events : events.slice(0, to);
      if (to < piece.length) return;
      left.events -= to;
      left.bytes -= piece.bytes;
    }
  }

  function drop(count: number): void {
    close(false);
    length -= count;
    const whole = wholePieces(count);
    const gone = pieces.slice(0, whole);
    pieces = pieces.slice(whole);
    for (const piece of gone) {
      bytes -= piece.bytes;
      piece.free?.();
    }
    const rest = count - gone.reduce((sum, piece) => sum + piece.length, 0);
    const [first] = pieces;
    if (rest === 0 || !first) return;
    const events = first.events().slice(rest);
    const kept = { length: events.length, bytes: events.reduce((sum, event) => sum + sizeOf(event), 0) };
    bytes += kept.bytes - first.bytes;
    first.free?.();
    pieces[0] = { ...kept, events: () => events };
  }

  function wholePieces(count: number): number {
    let whole = 0;
    for (let left = count; whole < pieces.length && pieces[whole]!.length <= left; whole++)
      left -= pieces[whole]!.length;
    return whole;
  }

  return {
    push,
    batch,
    drop,
    get length() {
      return length;
    },
    get isFull() {
      return length > limits.events || bytes > limits.bytes;
    },
  };
}

/** One event that goes alone. */
export function waitingAlone(event: Recorded): Waiting {
  const waiting = createWaiting(defaultBatch);
  waiting.push(event);
  return waiting;
}
