import { checkEvent } from "./check-event.ts";
import { type Clock, toMicros } from "./clock.ts";
import { RunferryError } from "./errors.ts";
import type { Recorded, RunEvent } from "./events.ts";
import { storable } from "./storable.ts";

/** Gives events their number and time: the part of appending that is the same for every journal. */
export interface Stamper {
  stamp<E extends RunEvent>(event: E, at?: number): Recorded<E>;
  readonly lastSeq: number;
}

/** Goes on after `last`. Time never falls: where the clock was set back, it stands still. */
export function createStamper(clock: Clock, last: { readonly seq: number; readonly at: number }): Stamper {
  let { seq, at: lastAt } = last;
  return {
    stamp(event, at = clock.now()) {
      checkEvent(event);
      if (!Number.isFinite(at)) throw badTime(at);
      const safe = storable(event);
      lastAt = Math.max(lastAt, toMicros(at));
      // The stamp goes over any that the event brings along from another journal.
      return { ...safe, seq: ++seq, at: lastAt };
    },
    get lastSeq() {
      return seq;
    },
  };
}

function badTime(at: number): RunferryError {
  return new RunferryError("bad_event", `${at} is no time`, {
    hint: "give `at` in milliseconds since 1970, or leave it out",
    data: "the event was not written; everything before it stands",
  });
}
