/** How long to wait before an attempt is repeated, and when to stop repeating. */
export interface RetryPolicy {
  /** The first wait is random between 0 and this; each further one between 0 and twice as much as before. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Attempts of one batch, then the delivery stops. Default: 8 in one-shot delivery; following, without end. */
  readonly attempts: number;
}

export const defaultRetry: RetryPolicy = { firstMs: 500, longestMs: 60_000, attempts: 8 };

/** Full jitter: clients that failed together do not come back together. `afterMs` is what the destination asked for. */
export function retryDelay(policy: RetryPolicy, attempt: number, afterMs: number, random: () => number): number {
  const ceiling = Math.min(policy.longestMs, policy.firstMs * 2 ** Math.min(attempt - 1, 30));
  return afterMs + random() * ceiling;
}
