import type { Readable } from "node:stream";
import { messageOf, RunferryError } from "@runferry/core";
import { type Meaning, meaningOfSilence, placeOf, redact, retryAfterMs } from "@runferry/http";
import { Agent, type Dispatcher, ProxyAgent, request } from "undici";
import { type Headers, pauseOf, textOf, wordsOf } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { type Asked, meaningOf, type WandbAnswer, WandbError } from "./errors.ts";

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
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** HTTP to one W&B server and to where it keeps its files. Nothing is ever tried twice here. */
export interface Wire {
  /** An answer of any status. Throws `WandbError` where none came, or the reason of the signal. */
  ask(call: Call): Promise<Reply>;
  /** The same with the whole body as text, and all of it within a time. */
  exchange(call: Call, withinMs: number): Promise<Exchanged>;
  /** The error that an answer is. `text`: of its body, as much as is needed. */
  failureOf(call: Call, reply: Pick<Reply, "status" | "headers">, text: string): WandbError;
  /** The error with this meaning, its words made safe. */
  error(meaning: Meaning, message: string, reply?: Pick<Reply, "status" | "headers">): WandbError;
  /** What breaks off while a body is read or sent. */
  brokenOff(call: Call, cause: unknown): unknown;
  /** The whole address that a redirect of this call points to. */
  resolve(call: Call, location: string): string;
  /** What is never to be seen in an error. */
  hide(...secrets: readonly string[]): void;
  /** Where the call goes, as it may be shown. */
  nameOf(call: Call): string;
  close(): Promise<void>;
}

const silenceWords = { ca: "SSL_CERT_FILE", timeout: "WANDB_HTTP_TIMEOUT" };

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

  const urlOf = (call: Call) =>
    new URL(/^https?:/i.test(call.url) ? call.url : `${baseUrl}/${call.url.replace(/^\/+/, "")}`);
  const nameOf = (call: Call) => call.name ?? `${call.method} ${placeOf(urlOf(call), origin)}`;

  async function ask(call: Call): Promise<Reply> {
    if (closed) {
      const hint = "make a new client";
      throw new RunferryError("closed", `the client of ${origin} is closed`, { hint, data: "nothing was sent" });
    }
    call.signal?.throwIfAborted();
    const url = urlOf(call);
    const standstill = call.asked === "storage" ? timeouts.storageMs : 0;
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agentFor(url),
        method: call.method,
        headers: { "user-agent": "runferry", ...extraHeadersFor(url), ...call.headers },
        body: call.body ?? null,
        headersTimeout: standstill,
        bodyTimeout: standstill,
        ...(call.signal ? { signal: call.signal } : {}),
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
    const { message, ...meaning } = meaningOfSilence(where, cause, silenceWords);
    return error(meaning, message); // the cause itself may hold the request with its headers
  }

  function error(meaning: Meaning, message: string, reply?: Pick<Reply, "status" | "headers">): WandbError {
    const { code, hint, data, effect } = meaning;
    const afterMs = retryAfterMs(reply?.headers["retry-after"], Date.now());
    const notBeforeMs = reply && pauseOf(reply.headers);
    const answer: WandbAnswer = {
      effect,
      ...(reply ? { status: reply.status } : {}),
      ...(afterMs === undefined ? {} : { afterMs }),
      ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    };
    return new WandbError(code, redact(message, secrets), { hint, data }, answer);
  }

  return {
    ask,
    brokenOff,
    error,
    nameOf,
    resolve: (call, location) => new URL(location, urlOf(call)).href,
    hide(...more) {
      for (const secret of more) secrets.add(secret);
    },
    async exchange(call, withinMs) {
      const { signal } = call;
      const ending = new AbortController();
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        ending.abort();
      }, withinMs);
      const stop = () => ending.abort();
      signal?.addEventListener("abort", stop, { once: true });
      const timed: Call = { ...call, signal: ending.signal };
      try {
        signal?.throwIfAborted();
        const { status, headers, body } = await ask(timed);
        return { status, headers, text: await textOf(headers, body) };
      } catch (cause) {
        throw brokenOff(call, isLate ? new Error(`nothing within ${withinMs / 1000} s`) : cause);
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      }
    },
    failureOf(call, reply, text) {
      const words = wordsOf(text);
      const spoke = !/^\s*</.test(text);
      const meaning = meaningOf(reply.status, call.asked, spoke, words);
      const message = `${urlOf(call).origin} answers ${nameOf(call)} with ${reply.status}${words && `: ${words}`}`;
      return error(meaning, message, reply);
    },
    async close() {
      closed = true;
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}

function flat(headers: { readonly [name: string]: string | string[] | undefined }): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
