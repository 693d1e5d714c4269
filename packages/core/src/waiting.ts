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
  let gone = { events: 0, bytes: 0 }; // of the first piece
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
    let skip = gone.events;
    let isFirst = true;
    for (const piece of pieces) {
      const fits = piece.length <= eventsLeft && piece.bytes <= bytesLeft && skip === 0;
      for (const event of piece.events()) {
        if (skip > 0) {
          skip--;
          continue;
        }
        if (!fits) {
          bytesLeft -= sizeOf(event);
          if (eventsLeft-- <= 0 || (bytesLeft < 0 && !isFirst)) return;
        }
        isFirst = false;
        yield event;
      }
      if (!fits) continue;
      eventsLeft -= piece.length;
      bytesLeft -= piece.bytes;
    }
  }

  function drop(count: number): void {
    close();
    length -= count;
    let left = count + gone.events;
    let sent = 0;
    for (let piece = pieces[0]; piece && piece.length <= left; piece = pieces[0]) {
      left -= piece.length;
      sent += piece.bytes;
      pieces.shift();
      piece.free?.();
    }
    const part = left === 0 ? 0 : sizeOfFirst(left, pieces[0]!);
    bytes -= sent + part - gone.bytes;
    gone = { events: left, bytes: part };
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

function sizeOfFirst(count: number, piece: Piece): number {
  let bytes = 0;
  let place = 0;
  for (const event of piece.events()) if (place++ < count) bytes += sizeOf(event);
  return bytes;
}

/** One event that goes alone. */
export function waitingAlone(event: Recorded): Waiting {
  const waiting = createWaiting(defaultBatch);
  waiting.push(event);
  return waiting;
}
