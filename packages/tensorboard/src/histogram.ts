/** Counts between edges; there is one edge more than there are counts. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** As many as TensorBoard's own writers make. */
export const maxBuckets = 30;

/**
 * The histogram as TensorBoard gets it: buckets with edges or counts that are no finite numbers left out, and more than
 * 30 spread over 30 of equal width, each count in proportion.
 */
export function rebin({ edges, counts }: Histogram): Histogram {
  const finite = counts.every(Number.isFinite) && edges.every(Number.isFinite);
  if (finite && counts.length <= maxBuckets) return counts.length === 0 ? { edges: [0], counts } : { edges, counts };
  const buckets = counts.flatMap((count, i) => {
    const left = edges[i]!;
    const right = edges[i + 1]!;
    return Number.isFinite(count + left + right)
      ? [{ left: Math.min(left, right), right: Math.max(left, right), count }]
      : [];
  });
  if (buckets.length === 0) return { edges: [0], counts: [] };
  const low = buckets.reduce((least, { left }) => Math.min(least, left), Number.POSITIVE_INFINITY);
  const high = buckets.reduce((most, { right }) => Math.max(most, right), Number.NEGATIVE_INFINITY);
  const at = (i: number) => (i === maxBuckets ? high : low + (high / maxBuckets - low / maxBuckets) * i);
  const newEdges = Array.from({ length: maxBuckets + 1 }, (_, i) => at(i));
  const newCounts = new Array<number>(maxBuckets).fill(0);
  for (const { left, right, count } of buckets) spread(newEdges, newCounts, left, right, count);
  return { edges: newEdges, counts: newCounts };
}

function spread(edges: readonly number[], counts: number[], left: number, right: number, count: number): void {
  const last = counts.length - 1;
  const first = bucketOf(edges, left);
  const width = right - left;
  if (!(width > 0) || !Number.isFinite(width)) {
    counts[first]! += count;
    return;
  }
  for (let i = first; i <= last && edges[i]! < right; i++) {
    const overlap = Math.min(edges[i + 1]!, right) - Math.max(edges[i]!, left);
    if (overlap > 0) counts[i]! += count * (overlap / width);
  }
}

/** The bucket that holds a value: half open, the last one closed. */
export function bucketOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rows of left edge, right edge and count, as the plugin wants them. */
export function histogramRows({ edges, counts }: Histogram): readonly number[] {
  return counts.flatMap((count, i) => [edges[i]!, edges[i + 1]!, count]);
}

export function histogramOfRows(rows: readonly number[]): Histogram {
  if (rows.length < 3) return { edges: [0], counts: [] };
  const edges = [rows[0]!];
  const counts: number[] = [];
  for (let i = 0; i + 2 < rows.length; i += 3) {
    edges.push(rows[i + 1]!);
    counts.push(rows[i + 2]!);
  }
  return { edges, counts };
}

/** The old form, with its many exponential buckets: empty ones at the ends are dropped, the outer edges are the extremes. */
export function histogramOfLegacy(
  limits: readonly number[],
  buckets: readonly number[],
  min: number,
  max: number,
): Histogram {
  const first = buckets.findIndex((count) => count > 0);
  const last = buckets.findLastIndex((count) => count > 0);
  if (first < 0 || limits.length !== buckets.length) return { edges: [0], counts: [] };
  const edges = [min, ...limits.slice(first, last), max];
  return { edges: edges.map((edge) => (Number.isFinite(edge) ? edge : 0)), counts: buckets.slice(first, last + 1) };
}
