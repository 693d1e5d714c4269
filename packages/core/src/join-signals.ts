export interface JoinedSignal {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** It follows the others no more. */
  release(): void;
}

/**
 * A signal that is aborted with any of the others, until it is released. What `AbortSignal.any` makes leaves something
 * behind at a signal that lives on, and a process may deliver fifty thousand runs under one.
 */
export function joinSignals(...others: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const own = new AbortController();
  const links = others.flatMap((other) => (other ? [{ other, follow: () => own.abort(other.reason) }] : []));
  for (const { other, follow } of links) {
    if (other.aborted) follow();
    else other.addEventListener("abort", follow);
  }
  return {
    signal: own.signal,
    abort: (reason) => own.abort(reason),
    release() {
      for (const { other, follow } of links) other.removeEventListener("abort", follow);
    },
  };
}
