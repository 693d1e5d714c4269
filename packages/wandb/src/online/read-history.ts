import type { RunPath, WandbClient } from "../client/index.ts";

/** So many rows are asked for at a time. */
const mostRows = 10_000;

/**
 * Every row of a run, never a sample of them, in pages. A server chooses among the rows of a range that has more than
 * were asked for, so what is full is asked for again in halves; a range that has few is followed by a wider one, so that
 * a gap in the steps, however wide, costs a few questions.
 */
export async function* historyOf(
  client: WandbClient,
  path: RunPath,
  count: number | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly string[]> {
  if (count === 0) return;
  const last = await client.runs.lastStep(path, { signal });
  if (last === undefined) return;
  const end = last + 1;
  let width = mostRows / 2;
  for (let from = 0; from < end; ) {
    const to = Math.min(end, from + width);
    const range = { minStep: from, maxStep: to };
    const isOne = to - from === 1;
    const samples = isOne ? 2 ** 31 - 1 : mostRows;
    const page = await client.runs.historyPage(path, { ...range, samples }, { signal });
    if (page.length >= samples) {
      width = Math.max(1, Math.floor((to - from) / 2));
      continue;
    }
    if (page.length > 0) yield page;
    from = to;
    if (page.length < mostRows / 4) width = Math.min(width * 8, Number.MAX_SAFE_INTEGER - from);
  }
}
