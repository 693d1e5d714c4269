import type { Destination } from "@runferry/tracker";

/** At a server a run is many small requests: while one is answered others are asked. More than these only fill its queue. */
export const runsAtOnce = 4;

/** How many runs of a place are read at once: a folder is read as fast as its runs can be compared. */
export function runsAtOnceAt({ check }: Pick<Destination, "check">): number {
  return check ? runsAtOnce : 1;
}

/**
 * Does the work of every item, so many at once, and gives what came of each in the order of the items. Once one has
 * failed no other is begun, and it fails when those under way have ended.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const working = work(item);
      working.catch(() => undefined); // it is told when it is its turn
      underWay.push(working);
      if (underWay.length >= atOnce) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}
