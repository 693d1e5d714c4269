import { allPages as pages } from "@runferry/http";

interface Page {
  readonly next_page_token?: string;
}

/** Every item of every page, as MLflow counts them. */
export function allPages<P extends Page, T>(
  ask: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[] | undefined,
): AsyncIterable<T> {
  return pages(
    ask,
    (page) => itemsOf(page) ?? [],
    (page) => page.next_page_token,
  );
}
