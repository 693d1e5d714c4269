import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Readable } from "node:stream";
import type { JsonObject } from "@runferry/core";
import { beginningOf, jsonObjectOf, placeOf, redact, retryAfterMs, secretsOf, skipping } from "@runferry/http";
import axios, { type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse } from "axios";
import type { Connection } from "./connection.ts";
import { MlflowError, meaningOf, noAnswer } from "./errors.ts";

export type Query = { readonly [name: string]: string | number | boolean | readonly string[] | undefined };

export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  /** Below the tracking URI, or a whole URL. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: object | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  /** One request, once, and the JSON object that answers it. Throws `MlflowError`, or the reason of the signal. */
  json<T extends object = JsonObject>(call: Call): Promise<T>;
  /** Bytes up. `length` is announced where it is known. Gives the answer's headers. */
  send(
    call: Call & { readonly bytes: Readable | Uint8Array; readonly length?: number; readonly headers?: Headers },
  ): Promise<Headers>;
  /** Bytes down. */
  receive(call: Call & { readonly start?: number; readonly headers?: Headers }): Promise<Readable>;
  close(): void;
}

export type Headers = { readonly [name: string]: string };

/** HTTP to one MLflow server over one agent that keeps its connections. Nothing is ever tried twice here. */
export function createTransport(connection: Connection): Transport {
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 16 });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 16, ...connection.tls });
  const origin = new URL(connection.uri).origin;
  const secrets = secretsOf(connection.authorization);

  /** Credentials go to the tracking server only, not to presigned addresses elsewhere. */
  function headersFor(url: string): Headers {
    if (new URL(url).origin !== origin) return {};
    return {
      ...(connection.authorization === undefined ? {} : { authorization: connection.authorization }),
      ...(connection.workspace === undefined ? {} : { "x-mlflow-workspace": connection.workspace }),
    };
  }

  async function ask(call: Call, more: AxiosRequestConfig): Promise<AxiosResponse<unknown>> {
    call.signal?.throwIfAborted();
    const url = /^https?:/.test(call.path) ? call.path : connection.uri + call.path;
    try {
      return await axios.request({
        method: call.method,
        url: withQuery(url, call.query),
        timeout: connection.timeoutMs,
        httpAgent,
        httpsAgent,
        proxy: proxyOf(connection.proxyFor(new URL(url))),
        validateStatus: () => true,
        maxBodyLength: Number.POSITIVE_INFINITY,
        maxContentLength: Number.POSITIVE_INFINITY,
        transformRequest: [(data: unknown) => data],
        transformResponse: [(data: unknown) => data],
        ...(call.signal ? { signal: call.signal } : {}),
        ...more,
        headers: { ...headersFor(url), ...(more.headers as Headers | undefined) },
      });
    } catch (cause) {
      call.signal?.throwIfAborted();
      throw noAnswer(origin, cause, secrets);
    }
  }

  function failure(call: Call, response: AxiosResponse<unknown>, text: string): MlflowError {
    const said = jsonObjectOf(text);
    const mlflowCode = typeof said?.error_code === "string" ? said.error_code : undefined;
    const { code, hint, data } = meaningOf(response.status, mlflowCode !== undefined);
    const words = mlflowCode === undefined ? "" : `: ${mlflowCode}: ${String(said?.message ?? "").slice(0, 2000)}`;
    const path = call.path.startsWith("http") ? placeOf(new URL(call.path), origin) : call.path;
    const message = redact(`${origin} answers ${call.method} ${path} with ${response.status}${words}`, secrets);
    const afterMs = retryAfterMs(response.headers["retry-after"] as string | undefined, Date.now());
    return new MlflowError(code, message, {
      hint,
      data,
      status: response.status,
      ...(mlflowCode === undefined ? {} : { mlflowCode }),
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }

  return {
    async json<T extends object>(call: Call): Promise<T> {
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const response = await ask(call, { responseType: "text", data: body, headers });
      const text = String(response.data ?? "");
      const said = jsonObjectOf(text);
      if (response.status < 200 || response.status > 299 || !said) throw failure(call, response, text);
      return said as T;
    },
    async send({ bytes, length, headers, ...call }) {
      const announced = length === undefined ? {} : { "content-length": String(length) };
      const response = await ask(call, {
        responseType: "text",
        data: bytes,
        maxRedirects: 0, // following one would keep the whole body in memory
        timeout: 0,
        headers: { "content-type": "application/octet-stream", ...announced, ...headers },
      });
      const text = String(response.data ?? "");
      // A log-in page says 200 too. Where the bytes go to a bucket, nothing is said.
      const isMlflow = call.path.includes("/mlflow-artifacts/");
      const isDone =
        response.status >= 200 &&
        response.status <= 299 &&
        (!isMlflow || text === "" || jsonObjectOf(text) !== undefined);
      if (!isDone) throw failure(call, response, text);
      return response.headers as unknown as Headers;
    },
    async receive({ start = 0, headers, ...call }) {
      const range = start === 0 ? {} : { range: `bytes=${start}-` };
      const response = await ask(call, { responseType: "stream", timeout: 0, headers: { ...range, ...headers } });
      const stream = response.data as Readable;
      if (response.status === 416) {
        stream.destroy();
        return Readable.from([]);
      }
      if (response.status < 200 || response.status > 299) throw failure(call, response, await beginningOf(stream));
      return start > 0 && response.status !== 206 ? skipping(stream, start) : stream;
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function withQuery(url: string, query: Query = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    value === undefined
      ? []
      : (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, String(one)]),
  );
  const text = new URLSearchParams(parts).toString();
  return text === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${text}`;
}

/** axios looks into the environment of this process itself, unless it is told. */
function proxyOf(url: URL | undefined): AxiosProxyConfig | false {
  if (!url) return false;
  const { protocol, hostname, port, username, password } = url;
  const address = { protocol, host: hostname, port: Number(port || (protocol === "https:" ? 443 : 80)) };
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return username === "" ? address : { ...address, auth };
}
