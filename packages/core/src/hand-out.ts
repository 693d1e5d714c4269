import type { Recorded } from "./events.ts";
import type { Waiting } from "./waiting.ts";

/** What `write` is given. */
export interface HandedOut {
  readonly batch: readonly Recorded[];
  readonly rest: Iterable<Recorded> | undefined;
  /** The last event that was looked at. */
  readonly lastSeq: number;
}

/** Few, so that they are nothing beside the rest. Once events live long, V8 makes all of them where only long lives belong. */
const firstEvents = 64;

/** The next batch of at most so many events: as an array, or its first few and the others as they are asked for. */
export function handOut(waiting: Waiting, most: number, inPieces: boolean): HandedOut {
  const batch = [...waiting.batch(inPieces ? Math.min(most, firstEvents) : most)];
  let lastSeq = batch.at(-1)!.seq;
  if (!inPieces) return { batch, rest: undefined, lastSeq };
  const rest = {
    *[Symbol.iterator]() {
      let place = 0;
      for (const event of waiting.batch(most)) {
        if (place++ < batch.length) continue;
        lastSeq = Math.max(lastSeq, event.seq);
        yield event;
      }
    },
  };
  return {
    batch,
    rest,
    get lastSeq() {
      return lastSeq;
    },
  };
}

/** How many of what was handed out come before this event; -1 where it was not among them. */
export function placeOf(seq: number, waiting: Waiting, { lastSeq }: HandedOut): number {
  let place = 0;
  for (const event of waiting.batch()) {
    if (event.seq === seq) return seq <= lastSeq ? place : -1;
    place++;
  }
  return -1;
}
