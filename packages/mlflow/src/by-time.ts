/** What has a time. */
interface Timed {
  readonly at: number;
}

/** Things of several sources, each in order of time, in one order of time; of equal ones those of the earlier source first. */
export async function* byTime<T extends Timed>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
  const heads: Head<T>[] = [];
  for (const [rank, source] of sources.entries()) {
    const items = source[Symbol.asyncIterator]();
    const next = await items.next();
    if (!next.done) push(heads, { item: next.value, rank, items });
  }
  while (heads.length > 0) {
    const head = heads[0]!;
    yield head.item;
    const next = await head.items.next();
    if (next.done) {
      const last = heads.pop()!;
      if (heads.length === 0) return;
      if (last !== head) heads[0] = last;
    } else {
      head.item = next.value;
    }
    sink(heads);
  }
}

interface Head<T> {
  item: T;
  readonly rank: number;
  readonly items: AsyncIterator<T>;
}

function isBefore<T extends Timed>(a: Head<T>, b: Head<T>): boolean {
  return a.item.at < b.item.at || (a.item.at === b.item.at && a.rank < b.rank);
}

/** The heads are a binary heap: there may be thousands of metrics. */
function push<T extends Timed>(heap: Head<T>[], head: Head<T>): void {
  let at = heap.push(head) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at]!, heap[parent]!)) return;
    [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
    at = parent;
  }
}

function sink<T extends Timed>(heap: Head<T>[]): void {
  for (let at = 0; ; ) {
    let least = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
    }
    if (least === at) return;
    [heap[at], heap[least]] = [heap[least]!, heap[at]!];
    at = least;
  }
}
