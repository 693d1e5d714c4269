import { RunferryError } from "@runferry/core";

/** A page of a list, as GraphQL servers give it. */
export interface Connected<T> {
  readonly edges: readonly { readonly node: T | null }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
}

export function itemsOf<T>(page: Connected<T> | null | undefined): readonly T[] {
  return (page?.edges ?? []).flatMap(({ node }) => (node === null ? [] : [node]));
}

export function nextOf(page: Connected<unknown> | null | undefined): string | null | undefined {
  return page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
}

/** What the server was asked for; `not_found` where it says that there is none. */
export function there<T>(value: T | null | undefined, what: string): T {
  if (value !== null && value !== undefined) return value;
  throw new RunferryError("not_found", `the W&B server has not got ${what}`, {
    hint: "check the entity, the project and the id; it may have been deleted, or the key may not see it",
    data: "nothing was changed",
  });
}
