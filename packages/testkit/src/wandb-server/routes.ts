import { Readable } from "node:stream";
import { type Answer, type Arrived, bytesOf } from "./answer.ts";
import type { Credentials } from "./credentials.ts";
import { largestBody, parseFileStream, takeFileStream } from "./file-stream.ts";
import type { GraphqlRequest, GraphqlRoute } from "./graphql-route.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { SeenRequest } from "./requests.ts";
import type { WandbState } from "./state.ts";
import type { Storage } from "./storage.ts";

/** What a request asks for, read, so that a fault can strike before it is done. */
export type Prepared = () => Promise<Answer> | Answer;

export interface RoutesOptions {
  readonly state: WandbState;
  readonly storage: Storage;
  readonly graphql: GraphqlRoute;
  readonly credentials: Credentials;
  readonly limiter: RateLimiter;
  keepBody(seen: SeenRequest, body: unknown, bytes: number): void;
}

export function createRoutes(options: RoutesOptions): (arrived: Arrived, seen: SeenRequest) => Promise<Prepared> {
  const { state, storage, credentials, limiter, keepBody } = options;

  async function graphql(arrived: Arrived, seen: SeenRequest): Promise<Prepared> {
    const raw = await bytesOf(arrived.content);
    const request = parseJsonObject(raw) as GraphqlRequest | undefined;
    if (typeof request?.query !== "string") return () => failed(400, "no GraphQL request");
    const [, name] = /\b(?:query|mutation)\s+(\w+)/.exec(request.query) ?? [];
    if (name !== undefined) seen.operation = name;
    keepBody(seen, request, raw.length);
    return () => options.graphql(request);
  }

  async function fileStream(arrived: Arrived, seen: SeenRequest): Promise<Prepared> {
    const raw = await bytesOf(arrived.content);
    if (raw.length > largestBody) return () => failed(413, "request entity too large");
    const body = parseFileStream(raw, arrived.headers["content-encoding"]);
    keepBody(seen, body, raw.length);
    return () => {
      const quota = limiter.take();
      if (!quota.allowed) return { ...failed(429, "Filestream rate limit exceeded"), headers: quota.headers };
      const [, , entity, project, run] = seen.path.split("/").map(decodeURIComponent);
      const held = state.project(entity, project)?.runs.get(run ?? "");
      if (!held) return failed(404, `run ${entity}/${project}/${run} not found`);
      if (body === undefined) return failed(400, "no JSON object");
      return { ...takeFileStream(state, held, body), headers: quota.headers };
    };
  }

  /** A file of a run for whoever has the key. */
  function file({ method, headers }: Arrived, seen: SeenRequest): Answer | Promise<Answer> {
    const [, , entity, project, name, ...path] = seen.path.split("/").map(decodeURIComponent);
    const run = state.project(entity, project)?.runs.get(name ?? "");
    const key = run?.files.get(path.join("/"))?.key;
    if (key === undefined) return failed(404, `${seen.path} not found`);
    const { authorization: _, ...plain } = headers;
    return storage.answer({
      method,
      headers: plain,
      url: new URL(storage.sign("GET", key)),
      content: Readable.from([]),
    });
  }

  async function token(arrived: Arrived): Promise<Prepared> {
    const form = new URLSearchParams((await bytesOf(arrived.content)).toString("utf8"));
    const given = credentials.exchange(form);
    return () => (given ? { status: 200, body: given } : failed(401, "invalid identity token"));
  }

  return async (arrived, seen) => {
    if (seen.kind === "storage") return () => storage.answer(arrived);
    if (seen.path === "/oidc/token") return token(arrived);
    if (seen.kind === "other") return () => failed(404, "there is nothing here");
    if (!credentials.allow(arrived.headers)) {
      await bytesOf(arrived.content);
      return () => ({ status: 401, body: { errors: [{ message: "user is not logged in" }] } });
    }
    if (seen.kind === "graphql") return graphql(arrived, seen);
    return seen.kind === "file_stream" ? fileStream(arrived, seen) : () => file(arrived, seen);
  };
}

function failed(status: number, error: string): Answer {
  return { status, body: { error } };
}

function parseJsonObject(raw: Buffer): object | undefined {
  try {
    const parsed: unknown = JSON.parse(raw.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
