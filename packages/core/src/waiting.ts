import { type BatchLimits, defaultBatch, sizeOf } from "./batch.ts";
import type { Recorded } from "./events.ts";
import { createPacker } from "./packed-events.ts";

/** Events that are still to be sent, in order. */
export interface Waiting {
  readonly length: number;
  /** Whether there is more than one batch. */
  readonly isFull: boolean;
  push(event: Recorded): void;
  /** The next batch, or its first `most` events: at least one, however large. */
  batch(most?: number): Generator<Recorded, undefined>;
  /** The first so many are sent. */
  drop(count: number): void;
}

interface Piece {
  readonly length: number;
  readonly bytes: number;
  events(): Iterable<Recorded>;
  free?(): void;
}

/** Packed: for batches so large that their events are better made anew whenever somebody asks. */
export function createWaiting(limits: BatchLimits, options: { readonly isPacked?: boolean } = {}): Waiting {
  const pack = options.isPacked ? createPacker() : (events: readonly Recorded[]) => ({ events: () => events });
  const pieces: Piece[] = [];
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
    if (open.length >= defaultBatch.events || openBytes >= defaultBatch.bytes) close();
  }

  function close(): void {
    if (open.length === 0) return;
    pieces.push({ length: open.length, bytes: openBytes, ...pack(open) });
    open = [];
    openBytes = 0;
  }

  function* batch(most = Number.POSITIVE_INFINITY): Generator<Recorded, undefined> {
    close();
    let eventsLeft = Math.min(most, limits.events);
    let bytesLeft = limits.bytes;
    for (const [i, piece] of pieces.entries()) {
      if (piece.length <= eventsLeft && piece.bytes <= bytesLeft) {
        yield* piece.events();
        eventsLeft -= piece.length;
        bytesLeft -= piece.bytes;
        continue;
      }
      let isFirst = i === 0;
      for (const event of piece.events()) {
        bytesLeft -= sizeOf(event);
        if (eventsLeft-- <= 0 || (bytesLeft < 0 && !isFirst)) return;
        yield event;
        isFirst = false;
      }
    }
  }

  function drop(count: number): void {
    close();
    length -= count;
    let left = count;
    for (let piece = pieces[0]; piece && left > 0; piece = pieces[0]) {
      const taken = Math.min(left, piece.length);
      const rest = taken === piece.length ? undefined : after(taken, piece);
      bytes -= piece.bytes - (rest?.bytes ?? 0);
      left -= taken;
      if (rest) pieces[0] = rest;
      else pieces.shift()?.free?.();
    }
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

function after(count: number, piece: Piece): Piece {
  const events = function* () {
    let place = 0;
    for (const event of piece.events()) if (place++ >= count) yield event;
  };
  let bytes = 0;
  for (const event of events()) bytes += sizeOf(event);
  return { ...piece, length: piece.length - count, bytes, events };
}

/** One event that goes alone. */
export function waitingAlone(event: Recorded): Waiting {
  const waiting = createWaiting(defaultBatch);
  waiting.push(event);
  return waiting;
}
