/** Every item of every page. A token that comes again ends it: some servers never stop giving the same one. */
export async function* allPages<P, T>(
  ask: (token: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly T[],
  nextOf: (page: P) => string | null | undefined,
): AsyncIterable<T> {
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const page = await ask(token);
    yield* itemsOf(page);
    const next = nextOf(page);
    if (!next || seen.has(next)) return;
    token = next;
    seen.add(next);
  }
}
