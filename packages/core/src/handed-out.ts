import type { Recorded } from "./events.ts";
import type { Waiting } from "./waiting.ts";

/** What `write` is given of what waits, and how far it looked. */
export interface Given {
  readonly batch: readonly Recorded[];
  readonly rest: Iterable<Recorded> | undefined;
  readonly lastSeq: number;
}

/**
 * Few, so that they are nothing beside the rest: where many events that were made at one place in the code turn out to
 * live long, V8 has all of them made in old space from then on.
 */
const firstEvents = 64;

export function handedOut(waiting: Waiting, most: number, inPieces: boolean): Given {
  const batch = [...waiting.batch(inPieces ? Math.min(most, firstEvents) : most)];
  let lastSeq = batch.at(-1)!.seq;
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
    rest: inPieces ? rest : undefined,
    get lastSeq() {
      return lastSeq;
    },
  };
}

/** How many of what was handed out come before this event; -1 where it was not among them. */
export function placeIn(waiting: Waiting, { lastSeq }: Given, seq: number): number {
  let place = 0;
  for (const event of waiting.batch()) {
    if (event.seq === seq) return seq <= lastSeq ? place : -1;
    place++;
  }
  return -1;
}
