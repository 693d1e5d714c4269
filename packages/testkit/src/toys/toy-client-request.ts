import { isJsonObject, type Json, parseJson, RunferryError, stringifyJson } from "@runferry/core";
import type { CrashPoints } from "../crash-points.ts";

/** What came of a request: an answer, or trouble with what is known of it. */
export type Reply =
  | { readonly ok: true; readonly body: Json }
  | { readonly ok: false; readonly cause: RunferryError; readonly afterMs?: number; readonly seq?: number };

export interface Request {
  readonly label: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly json?: Json;
  /** Bytes to stream, instead of JSON. */
  readonly bytes?: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** One request, once: repeating it is the forwarder's affair. Throws only when the signal is aborted. */
export async function ask(address: string, request: Request, crash: CrashPoints): Promise<Reply> {
  crash.point(`before: ${request.label}`);
  const reply = await send(address, request);
  crash.point(`after: ${request.label}`);
  return reply;
}

async function send(address: string, request: Request): Promise<Reply> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(address + request.path, initOf(request));
    text = await response.text();
  } catch (cause) {
    request.signal.throwIfAborted();
    return { ok: false, cause: unavailable(address, "the connection broke", cause) };
  }
  const body = jsonFrom(text);
  if (response.ok) return { ok: true, body };
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  const seq = isJsonObject(body) ? body.seq : undefined;
  return {
    ok: false,
    cause: causeOf(address, response.status, isJsonObject(body) ? String(body.error) : ""),
    ...(Number.isFinite(after) ? { afterMs: after * 1000 } : {}),
    ...(typeof seq === "number" ? { seq } : {}),
  };
}

function initOf({ method, json, bytes, signal }: Request): RequestInit {
  if (bytes) return { method, signal, body: ReadableStream.from(bytes), duplex: "half" } as RequestInit;
  return json === undefined ? { method, signal } : { method, signal, body: stringifyJson(json) };
}

/** The one place where a status gets its meaning. */
function causeOf(address: string, status: number, said: string): RunferryError {
  const message = `${address} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 401 || status === 403) {
    return new RunferryError("needs_credentials", message, { hint: "log in there", data: "nothing was written" });
  }
  if (status === 404) {
    return new RunferryError("gone", message, {
      hint: "somebody deleted the run there: deliver it to a new place",
      data: "the journal has all of it",
    });
  }
  if (status === 400 || status === 422) {
    return new RunferryError("refused", message, {
      hint: "see what is refused; the journal keeps it",
      data: "nothing was written",
    });
  }
  return unavailable(address, `it answered ${status}`, undefined);
}

function unavailable(address: string, what: string, cause: unknown): RunferryError {
  return new RunferryError("unavailable", `${address} is not available: ${what}`, {
    hint: "wait, or see whether the server runs",
    data: "it is not known what of this request was done there; sending it again is safe",
    cause,
  });
}

function jsonFrom(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    return null; // an answer of something in between
  }
}
