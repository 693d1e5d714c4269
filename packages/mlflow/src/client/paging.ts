interface Page {
  readonly next_page_token?: string;
}

/** Every item of every page. A token that comes again ends it: some servers never stop giving the same one. */
export async function* allPages<P extends Page, T>(
  ask: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[] | undefined,
): AsyncIterable<T> {
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page = await ask(token);
    yield* itemsOf(page) ?? [];
    token = page.next_page_token;
    if (token === undefined || token === "" || seen.has(token)) return;
    seen.add(token);
  }
}
