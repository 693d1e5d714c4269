import { createDecoder, type Damage, isDamage } from "./decoder.ts";
import type { EventsLost, Recorded } from "./events.ts";

export interface Recovered {
  /** Events in ascending seq; where some are missing, an `events.lost` with the seq of the last missing one stands for them. */
  readonly events: readonly Recorded[];
  readonly damage: readonly Damage[];
}

/** Turns what a decoder finds into a stream without holes: what is damaged is counted and named, never passed over. */
export interface Recovery {
  push(bytes: Uint8Array): Recovered;
  /** Call at the end of the file: damage after the last event has no later seq that would show the gap. */
  end(): Recovered;
  /** The last event, or the gap, that an appender goes on after. Lines damaged beyond reading keep the numbers they had. */
  readonly last: { readonly seq: number; readonly at: number };
  readonly wholeBytes: number;
  readonly tornBytes: number;
}

/** `name` is what messages call the file, e.g. `journal/main.ndjson`. */
export function createRecovery(name: string): Recovery {
  const decoder = createDecoder();
  let lastSeq = 0;
  let lastAt = 0;
  let pending: Damage[] = []; // since the last good event
  let broken = 0; // how many events those ranges were, as far as can be told

  function fill(upTo: number, at: number): Recorded<EventsLost> {
    const where = pending.map((damage) => `${name} bytes ${damage.from}–${damage.to} (${damage.reason})`).join(", ");
    return {
      seq: upTo,
      at,
      kind: "events.lost",
      count: upTo - lastSeq,
      reason: "damaged in the journal",
      where: where || `${name} after seq ${lastSeq}`,
    };
  }

  /** A copy of a damaged journal holds what was said of the gap there: it is not said again. */
  function standsForGap(found: Recorded): boolean {
    return found.kind === "events.lost" && found.where !== undefined && found.count === found.seq - lastSeq;
  }

  function push(bytes: Uint8Array): Recovered {
    const events: Recorded[] = [];
    const damage: Damage[] = [];
    for (const found of decoder.push(bytes)) {
      if (isDamage(found)) {
        damage.push(found);
        broken += found.events;
        pending.push(found);
      } else if (found.seq <= lastSeq) {
        const [from, to] = [decoder.wholeBytes, decoder.wholeBytes];
        damage.push({ from, to, reason: `repeats seq ${found.seq}`, events: 0 });
      } else {
        if (found.seq > lastSeq + 1 && !standsForGap(found)) events.push(fill(found.seq - 1, lastAt || found.at));
        events.push(found);
        pending = [];
        broken = 0;
        lastSeq = found.seq;
        lastAt = found.at;
      }
    }
    return { events, damage };
  }

  function end(): Recovered {
    if (broken === 0) return { events: [], damage: [] };
    const lost = fill(lastSeq + broken, lastAt);
    lastSeq = lost.seq;
    pending = [];
    broken = 0;
    return { events: [lost], damage: [] };
  }

  return {
    push,
    end,
    get last() {
      return { seq: lastSeq + broken, at: lastAt };
    },
    get wholeBytes() {
      return decoder.wholeBytes;
    },
    get tornBytes() {
      return decoder.tornBytes;
    },
  };
}
