import type { MetricsLogged, Recorded } from "./events.ts";

export interface PackedEvents {
  /** The same events again, as often as it is called, each made as it is asked for. */
  events(): Iterable<Recorded>;
  /** They are needed no more: others may be kept in their place. */
  free(): void;
}

/** Rows of points, one after the other, that differ in their numbers: `seq`, `at`, the step if there is one, the values. */
interface Rows {
  readonly kind: "rows";
  readonly names: readonly string[];
  readonly hasStep: boolean;
  count: number;
}

/**
 * Keeps events in a quarter of the memory and in few objects: rows of points as their numbers, whatever is more than that
 * as it is.
 */
export function createPacker(): (events: readonly Recorded[]) => PackedEvents {
  // The same memory again and again: it would take the collector of garbage long to give it back.
  const free: Float64Array[] = [];
  let found = new Float64Array(4096);

  return (events) => {
    const kept: (Recorded | Rows)[] = [];
    let length = 0;
    for (const event of events) {
      if (!isPlain(event)) {
        kept.push(event);
        continue;
      }
      const { seq, at, step, values } = event;
      const last = kept.at(-1);
      const rows = last?.kind === "rows" && isLike(event, last) ? last : newRows(event);
      if (rows !== last) kept.push(rows);
      rows.count++;
      const needed = length + 3 + rows.names.length;
      if (needed > found.length) found = enlarged(found, needed);
      found[length++] = seq;
      found[length++] = at;
      if (step !== undefined) found[length++] = step;
      for (const name of rows.names) found[length++] = values[name]!;
    }
    const place = free.findIndex((room) => room.length >= length);
    const numbers = place < 0 ? new Float64Array(length) : free.splice(place, 1)[0]!;
    numbers.set(found.subarray(0, length));
    return { events: () => unpacked(kept, numbers), free: () => void free.push(numbers) };
  };
}

function* unpacked(kept: readonly (Recorded | Rows)[], numbers: Float64Array): Iterable<Recorded> {
  let next = 0;
  for (const one of kept) {
    if (one.kind !== "rows") {
      yield one;
      continue;
    }
    const { names, hasStep, count } = one;
    for (let i = 0; i < count; i++) {
      const seq = numbers[next++]!;
      const at = numbers[next++]!;
      const step = hasStep ? numbers[next++]! : undefined;
      const values: { [name: string]: number } = {};
      for (const name of names) values[name] = numbers[next++]!;
      if (step === undefined) yield { seq, at, kind: "metrics.logged", values };
      else yield { seq, at, kind: "metrics.logged", step, values };
    }
  }
}

/** Nothing but numbers under names that any object may have. */
function isPlain(event: Recorded): event is Recorded<MetricsLogged> {
  if (event.kind !== "metrics.logged" || Object.hasOwn(event.values, "__proto__")) return false;
  const fields = Object.keys(event).length;
  return event.step === undefined ? fields === 4 && !("step" in event) : fields === 5;
}

function isLike({ step, values }: MetricsLogged, { names, hasStep }: Rows): boolean {
  if (hasStep !== (step !== undefined)) return false;
  let i = 0;
  for (const name in values) if (names[i++] !== name) return false;
  return i === names.length;
}

function newRows({ step, values }: MetricsLogged): Rows {
  return { kind: "rows", names: Object.keys(values), hasStep: step !== undefined, count: 0 };
}

function enlarged(numbers: Float64Array, needed: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(needed * 2);
  larger.set(numbers);
  return larger;
}
