import type { Arrived } from "./answer.ts";

export type RequestKind = "graphql" | "file_stream" | "storage" | "file" | "other";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly at: number;
  readonly kind: RequestKind;
  readonly method: string;
  /** Without the query, which holds signatures. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The name of the GraphQL operation. */
  operation?: string;
  /** The JSON that was sent, unless it was large. */
  body?: unknown;
  /** Length of the body as it was sent; of an upload, as announced. */
  bytes: number;
  /** Undefined: it was never answered. */
  status?: number;
}

/** Larger bodies are not kept, and none when these are so many bytes together. */
const largestKept = 64 << 10;
const mostBytesKept = 64 << 20;
/** Older requests are forgotten, so that a long upload does not fill the memory. */
const mostKept = 50_000;

export interface Requests {
  see(arrived: Arrived, kind: RequestKind): SeenRequest;
  keepBody(seen: SeenRequest, body: unknown, bytes: number): void;
  all(): readonly SeenRequest[];
  /** How many there were, forgotten ones too. */
  count(kind?: RequestKind): number;
}

export function createRequests(now: () => number): Requests {
  const held: SeenRequest[] = [];
  let bytesKept = 0;
  const counts = new Map<RequestKind, number>();

  return {
    see({ method, url, headers }, kind) {
      const seen = {
        at: now(),
        kind,
        method,
        path: url.pathname,
        headers,
        bytes: Number(headers["content-length"] ?? 0),
      };
      held.push(seen);
      if (held.length > mostKept) held.splice(0, mostKept / 2);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      return seen;
    },
    keepBody(seen, body, bytes) {
      seen.bytes = bytes;
      if (bytes > largestKept || bytesKept + bytes > mostBytesKept) return;
      seen.body = body;
      bytesKept += bytes;
    },
    all: () => held,
    count: (kind) => (kind ? (counts.get(kind) ?? 0) : [...counts.values()].reduce((sum, one) => sum + one, 0)),
  };
}

/** What a path of the API is for. */
export function kindOf(path: string): RequestKind {
  if (path === "/graphql") return "graphql";
  if (path.startsWith("/files/")) return path.endsWith("/file_stream") ? "file_stream" : "file";
  return "other";
}
