import type { MetricsLogged, Recorded } from "./events.ts";

export interface PackedEvents {
  /** The same events again, as often as it is called. */
  events(): readonly Recorded[];
  /** They are needed no more: others may be kept in their place. */
  free(): void;
}

/** What rows of points have in common. The rest of them is numbers: `seq`, `at`, the step if there is one, the values. */
interface Shape {
  readonly names: readonly string[];
  readonly hasStep: boolean;
}

/**
 * Keeps events in a quarter of the memory and in few objects: rows of points as their numbers, whatever is more than that
 * as it is.
 */
export function createPacker(): (events: readonly Recorded[]) => PackedEvents {
  const free: Float64Array[] = []; // it would take the collector of garbage too long to give them back

  return (events) => {
    const kept: (Recorded | Shape)[] = [];
    const found: number[] = [];
    let last: Shape = { names: [], hasStep: false };
    for (const event of events) {
      if (!isPlain(event)) {
        kept.push(event);
        continue;
      }
      const { seq, at, step, values } = event;
      if (!isOfShape(event, last)) last = { names: Object.keys(values), hasStep: step !== undefined };
      kept.push(last);
      found.push(seq, at);
      if (step !== undefined) found.push(step);
      for (const name of last.names) found.push(values[name]!);
    }
    const place = free.findIndex(({ length }) => length >= found.length);
    const numbers = place < 0 ? new Float64Array(found.length) : free.splice(place, 1)[0]!;
    numbers.set(found);
    return { events: () => unpacked(kept, numbers), free: () => void free.push(numbers) };
  };
}

function unpacked(kept: readonly (Recorded | Shape)[], numbers: Float64Array): readonly Recorded[] {
  let next = 0;
  return kept.map((one) => {
    if ("seq" in one) return one;
    const seq = numbers[next++]!;
    const at = numbers[next++]!;
    const step = one.hasStep ? numbers[next++]! : undefined;
    const values: { [name: string]: number } = {};
    for (const name of one.names) values[name] = numbers[next++]!;
    return step === undefined
      ? { seq, at, kind: "metrics.logged", values }
      : { seq, at, kind: "metrics.logged", step, values };
  });
}

/** Nothing but numbers under names that any object may have. */
function isPlain(event: Recorded): event is Recorded<MetricsLogged> {
  if (event.kind !== "metrics.logged" || Object.hasOwn(event.values, "__proto__")) return false;
  const fields = Object.keys(event).length;
  return event.step === undefined ? fields === 4 && !("step" in event) : fields === 5;
}

function isOfShape({ step, values }: MetricsLogged, { names, hasStep }: Shape): boolean {
  if (hasStep !== (step !== undefined)) return false;
  let i = 0;
  for (const name in values) if (names[i++] !== name) return false;
  return i === names.length;
}
