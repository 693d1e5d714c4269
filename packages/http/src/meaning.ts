import type { ErrorCode } from "@runferry/core";

/** What a failed request means, in the words of an error. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly data: string;
  /** What is known of what the request did at the server. */
  readonly effect: "none" | "unknown";
}

/** What only one kind of server can say. */
export interface ServerWords {
  readonly name: string;
  /** What to do when the server does not know who asks. */
  readonly signIn: string;
  /** What to do when it knows, and says no. */
  readonly askFor: string;
  /** What to do when a thing is not there. */
  readonly missing: string;
  /** Where the address is set. */
  readonly address: string;
}

export const nothingDone = { data: "the server wrote nothing of this request", effect: "none" } as const;
export const unknownDone = {
  data: "it is not known what of this request the server did; sending it again is safe",
  effect: "unknown",
} as const;

/** The one place where an HTTP status gets its meaning. `spoke`: the body was in the server's own form. */
export function meaningOfStatus(status: number, spoke: boolean, words: ServerWords): Meaning {
  if (status === 401) return { code: "needs_credentials", hint: words.signIn, ...nothingDone };
  if (status === 403) return { code: "needs_credentials", hint: words.askFor, ...nothingDone };
  if (status === 407) {
    return { code: "needs_credentials", hint: "put the proxy's user and password into HTTPS_PROXY", ...nothingDone };
  }
  if (status === 404 && spoke) return { code: "not_found", hint: words.missing, ...nothingDone };
  if (status === 404 || (status >= 200 && status < 400)) {
    const hint = `check ${words.address}: this does not answer like ${words.name}; a proxy or a log-in page may stand before it`;
    return { code: "unavailable", hint, ...nothingDone };
  }
  if (status === 429) {
    return { code: "unavailable", hint: "the server asks for a pause; it is tried again", ...nothingDone };
  }
  if (status === 408 || (status >= 500 && status !== 501)) {
    return { code: "unavailable", hint: "wait, or look into the server's log", ...unknownDone };
  }
  return { code: "refused", hint: "the message says what the server does not take", ...nothingDone };
}
