import type { ImportedPoint, SortedPoints } from "./points.ts";

export interface NamedPoint extends ImportedPoint {
  readonly name: string;
}

interface Reader {
  readonly name: string;
  readonly points: Iterator<ImportedPoint>;
  point: ImportedPoint;
  /** When it was logged, or when the one before it was. */
  at: number;
}

/**
 * The points of several metrics in the order of their time; a point without one has that of the point before it.
 * Of equal times, smaller steps come first, points without one last, and then metrics keep their order.
 */
export function* mergePoints(
  metrics: Iterable<readonly [string, SortedPoints]>,
  startedAt: number,
): IterableIterator<NamedPoint> {
  const heap: Reader[] = [];
  const order = new Map<Reader, number>();
  const isBefore = (a: Reader, b: Reader) =>
    a.at < b.at || (a.at === b.at && (compareSteps(a, b) || order.get(a)! - order.get(b)!) < 0);

  for (const [name, columns] of metrics) {
    const points = columns.sorted();
    const next = points.next();
    if (next.done) continue;
    const reader: Reader = {
      name,
      points,
      point: next.value,
      at: Number.isNaN(next.value.at) ? startedAt : next.value.at,
    };
    order.set(reader, order.size);
    heap.push(reader);
  }
  for (let i = heap.length >> 1; i >= 0; i--) sink(i);

  while (heap.length > 0) {
    const top = heap[0]!;
    yield { ...top.point, name: top.name, at: top.at };
    const next = top.points.next();
    if (next.done) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    } else {
      top.point = next.value;
      if (!Number.isNaN(next.value.at)) top.at = next.value.at;
    }
    sink(0);
  }

  function sink(from: number): void {
    for (let i = from; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === i) return;
      [heap[i], heap[least]] = [heap[least]!, heap[i]!];
      i = least;
    }
  }
}

function compareSteps(a: Reader, b: Reader): number {
  const [one, other] = [a.point.step ?? Number.POSITIVE_INFINITY, b.point.step ?? Number.POSITIVE_INFINITY];
  return one === other ? 0 : one - other;
}
