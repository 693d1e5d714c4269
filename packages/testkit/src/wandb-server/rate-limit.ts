export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/** Counts requests in windows of time. */
export interface RateLimiter {
  set(limit: RateLimit | undefined): void;
  /** Takes one from the quota: what to say of it, and whether there was one left. */
  take(): { readonly allowed: boolean; readonly headers: Readonly<Record<string, string>> };
}

export function createRateLimiter(now: () => number): RateLimiter {
  let limit: RateLimit | undefined;
  let endsAt = 0;
  let used = 0;

  return {
    set(next) {
      limit = next;
      used = 0;
      endsAt = 0;
    },
    take() {
      if (!limit) return { allowed: true, headers: {} };
      if (now() >= endsAt) {
        endsAt = now() + limit.windowSeconds * 1000;
        used = 0;
      }
      const allowed = used < limit.requests;
      if (allowed) used++;
      const left = String(Math.ceil((endsAt - now()) / 1000));
      const told = {
        "ratelimit-limit": String(limit.requests),
        "ratelimit-remaining": String(limit.requests - used),
        "ratelimit-reset": left,
      };
      return { allowed, headers: allowed ? told : { ...told, "retry-after": left } };
    },
  };
}
