import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { messageOf, RunferryError } from "@runferry/core";
import {
  beginningOf,
  jsonObjectOf,
  type Meaning,
  meaningOfSilence,
  placeOf,
  redact,
  retryAfterMs,
} from "@runferry/http";
import { Agent, type Dispatcher, ProxyAgent, request } from "undici";
import type { Connection } from "./connection.ts";
import { type Asked, meaningOf, type WandbAnswer, WandbError } from "./errors.ts";

export type Headers = { readonly [name: string]: string };

export interface Call {
  readonly asked: Asked;
  /** How an error calls it, for example `UpsertBucket`. Default: method and place. */
  readonly name?: string;
  readonly method: "GET" | "POST" | "PUT";
  /** Below the base URL, or a whole URL. */
  readonly url: string;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array | Readable;
  readonly signal?: AbortSignal | undefined;
  /** The whole call has to end within it, body and all. */
  readonly withinMs?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
}

/** HTTP to one W&B server and to where it keeps its files. Nothing is ever tried twice here. */
export interface Wire {
  /** An answer of any status. Throws `WandbError` where none came, or the reason of the signal. */
  ask(call: Call): Promise<Reply>;
  /** The whole body as text. */
  textOf(call: Call, reply: Reply): Promise<string>;
  /** The error that an answer is. `text`: its body, where it was read already. */
  failureOf(call: Call, reply: Reply, text?: string): Promise<WandbError>;
  /** The error with this meaning, its words made safe. */
  error(meaning: Meaning, message: string, answer?: Omit<WandbAnswer, "effect">): WandbError;
  /** What breaks off while a body is read or sent. */
  brokenOff(call: Call, cause: unknown): unknown;
  /** The whole address that a redirect of this call points to. */
  resolve(call: Call, location: string): string;
  /** What is never to be seen in an error. */
  hide(secret: string): void;
  /** Where the call goes, as it may be shown. */
  nameOf(call: Call): string;
  close(): Promise<void>;
}

/** The most of an answer that is held in memory. */
const mostBytes = 256 * 1024 * 1024;

export function createWire(connection: Connection): Wire {
  const { baseUrl, tls, timeouts } = connection;
  const origin = new URL(baseUrl).origin;
  const secrets = new Set(Object.values(connection.extraHeaders()));
  const agents = new Map<string, Dispatcher>();
  let closed = false;

  function agentFor(url: URL): Dispatcher {
    const proxy = connection.proxyFor(url)?.href ?? "";
    let agent = agents.get(proxy);
    if (agent) return agent;
    const shared = { connections: 16, pipelining: 1, allowH2: false };
    agent =
      proxy === ""
        ? new Agent({ ...shared, connect: tls })
        : new ProxyAgent({ ...shared, uri: proxy, requestTls: tls, proxyTls: tls });
    agents.set(proxy, agent);
    return agent;
  }

  /** What the user wants sent goes along everywhere; what lets him in, to the server only. */
  function extraHeadersFor(url: URL): Headers {
    const all = Object.entries(connection.extraHeaders());
    return Object.fromEntries(all.filter(([name]) => url.origin === origin || !/^(authorization|cookie)$/i.test(name)));
  }

  const urlOf = (call: Call) => new URL(/^https?:/i.test(call.url) ? call.url : baseUrl + call.url);
  const nameOf = (call: Call) => call.name ?? `${call.method} ${placeOf(urlOf(call), origin)}`;

  async function ask(call: Call): Promise<Reply> {
    if (closed) {
      const hint = "make a new client";
      throw new RunferryError("closed", `the client of ${origin} is closed`, { hint, data: "nothing was sent" });
    }
    call.signal?.throwIfAborted();
    const url = urlOf(call);
    const standstill = call.asked === "storage" ? timeouts.storageMs : 0;
    const signal = signalOf(call);
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agentFor(url),
        method: call.method,
        headers: { "user-agent": "runferry", ...extraHeadersFor(url), ...call.headers },
        body: call.body ?? null,
        headersTimeout: standstill,
        bodyTimeout: standstill,
        ...(signal ? { signal } : {}),
      });
      return { status: statusCode, headers: flat(headers), body };
    } catch (cause) {
      throw brokenOff(call, cause);
    }
  }

  function brokenOff(call: Call, cause: unknown): unknown {
    if (cause instanceof RunferryError) return cause;
    if (call.signal?.aborted) return call.signal.reason;
    const where = urlOf(call).origin;
    const refused = /Proxy .*\((\d{3})\)/.exec(messageOf(cause))?.[1]; // how undici tells what a proxy answered
    if (refused === "407") return error(meaningOf(407, "graphql", false), `the proxy to ${where} asks for a login`);
    const late = (cause as { readonly name?: unknown }).name === "TimeoutError";
    const why = late ? new Error(`nothing within ${(call.withinMs ?? 0) / 1000} s`) : cause;
    const { message, ...meaning } = meaningOfSilence(where, why, "SSL_CERT_FILE");
    return error(meaning, message); // the cause itself may hold the request with its headers
  }

  function error(meaning: Meaning, message: string, answer: Omit<WandbAnswer, "effect"> = {}): WandbError {
    const { code, hint, data, effect } = meaning;
    return new WandbError(code, redact(message, secrets), { hint, data }, { ...answer, effect });
  }

  return {
    ask,
    brokenOff,
    error,
    nameOf,
    resolve: (call, location) => new URL(location, urlOf(call)).href,
    hide: (secret) => secrets.add(secret),
    async textOf(call, { headers, body }) {
      const zipped = /gzip/i.test(headers["content-encoding"] ?? "");
      const parts: Buffer[] = [];
      let bytes = 0;
      try {
        for await (const part of zipped ? body.pipe(createGunzip()) : body) {
          parts.push(part as Buffer);
          bytes += (part as Buffer).length;
          if (bytes > mostBytes) throw new Error(`its answer is over ${mostBytes} bytes`);
        }
      } catch (cause) {
        body.destroy();
        throw brokenOff(call, cause);
      }
      return Buffer.concat(parts).toString("utf8");
    },
    async failureOf(call, reply, text) {
      const said = text ?? (await beginningOf(reply.body).catch(() => "")); // the status says enough
      const words = wordsOf(said);
      const spoke = !/^\s*</.test(said);
      const meaning = meaningOf(reply.status, call.asked, spoke, words);
      const message = `${urlOf(call).origin} answers ${nameOf(call)} with ${reply.status}${words && `: ${words}`}`;
      const afterMs = retryAfterMs(reply.headers["retry-after"], Date.now());
      const notBeforeMs = pauseOf(reply.headers);
      return error(meaning, message, {
        status: reply.status,
        ...(afterMs === undefined ? {} : { afterMs }),
        ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
      });
    },
    async close() {
      closed = true;
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

function signalOf({ signal, withinMs }: Call): AbortSignal | undefined {
  if (withinMs === undefined) return signal;
  const within = AbortSignal.timeout(withinMs);
  return signal ? AbortSignal.any([signal, within]) : within;
}

function flat(headers: { readonly [name: string]: string | string[] | undefined }): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** How long the rate limit asks to be left alone: to the end of its window, once nothing is left of it. */
export function pauseOf(headers: Headers): number | undefined {
  const remaining = headers["ratelimit-remaining"];
  const reset = Number(headers["ratelimit-reset"]);
  return remaining !== undefined && Number(remaining) <= 0 && reset > 0 ? reset * 1000 : undefined;
}

/** What an answer says of itself, in any of the forms that W&B and the stores of files use. */
export function wordsOf(text: string): string {
  const said = jsonObjectOf(text);
  if (!said) {
    if (!/^\s*</.test(text)) return text.trim().slice(0, 500);
    const [, code, words] = /<Code>([^<]*)<\/Code>(?:\s*<Message>([^<]*)<\/Message>)?/.exec(text) ?? [];
    return [code, words]
      .filter((part) => part !== undefined)
      .join(": ")
      .slice(0, 2000);
  }
  const { errors, error, message } = said;
  const found = [...(Array.isArray(errors) ? errors : []), error, message].map((one: unknown) =>
    typeof one === "string" ? one : String((one as { readonly message?: unknown } | null | undefined)?.message ?? ""),
  );
  return found
    .filter((one) => one !== "")
    .join("; ")
    .slice(0, 2000);
}
