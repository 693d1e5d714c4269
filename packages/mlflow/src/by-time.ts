/** What has a time. */
interface Timed {
  readonly at: number;
}

const pieceLength = 1000;

/**
 * Things of several sources, each in order of time, in one order of time; of equal ones those of the earlier source first.
 * They come and go in pieces: to wait for each by itself would take longer than to read it.
 */
export async function* byTime<T extends Timed>(
  sources: readonly AsyncIterable<readonly T[]>[],
): AsyncIterable<readonly T[]> {
  const heads: Head<T>[] = [];
  for (const [rank, source] of sources.entries()) {
    const head: Head<T> = { rank, pieces: source[Symbol.asyncIterator](), piece: [], place: 0 };
    if (await hasMore(head)) push(heads, head);
  }
  let merged: T[] = [];
  while (heads.length > 0) {
    const head = heads[0]!;
    merged.push(head.piece[head.place++]!);
    if (head.place === head.piece.length && !(await hasMore(head))) {
      const last = heads.pop()!;
      if (last !== head) heads[0] = last;
    }
    sink(heads);
    if (merged.length < pieceLength) continue;
    yield merged;
    merged = [];
  }
  if (merged.length > 0) yield merged;
}

interface Head<T> {
  readonly rank: number;
  readonly pieces: AsyncIterator<readonly T[]>;
  piece: readonly T[];
  /** In the piece. */
  place: number;
}

/** Goes on to the next piece with anything in it. */
async function hasMore<T>(head: Head<T>): Promise<boolean> {
  for (;;) {
    const next = await head.pieces.next();
    if (next.done) return false;
    head.piece = next.value;
    head.place = 0;
    if (head.piece.length > 0) return true;
  }
}

function isBefore<T extends Timed>(a: Head<T>, b: Head<T>): boolean {
  const [first, second] = [a.piece[a.place]!.at, b.piece[b.place]!.at];
  return first < second || (first === second && a.rank < b.rank);
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
