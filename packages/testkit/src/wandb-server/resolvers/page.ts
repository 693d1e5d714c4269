import type { Fields } from "./context.ts";

export interface PageArguments {
  readonly after?: string | null;
  readonly first?: number | null;
}

/** A page of a list, as a connection. The cursor is the number of the element. */
export function page<T>(
  all: readonly T[],
  { after, first }: PageArguments,
  node: (item: T, index: number) => Fields,
): Fields {
  const start = after ? Number(after) + 1 : 0;
  const end = Math.min(all.length, start + Math.min(first ?? 1000, 5000));
  const edges = all.slice(start, end).map((item, i) => ({ cursor: String(start + i), ...node(item, start + i) }));
  return {
    edges,
    pageInfo: { __typename: "PageInfo", endCursor: edges.at(-1)?.cursor ?? null, hasNextPage: end < all.length },
    totalCount: all.length,
  };
}
