import { createHash } from "node:crypto";
import type { WandbServer } from "../src/wandb-server/index.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Text where it was no JSON. */
  readonly json: unknown;
}

/** As little of a client as the tests of the server need. */
export interface PlainClient {
  graphql(query: string, variables?: object): Promise<Answered>;
  /** Creates or updates the run. */
  upsert(run: string, input?: object): Promise<Answered>;
  stream(run: string, body: object | Buffer, headers?: Record<string, string>): Promise<Answered>;
  put(url: string, bytes: Uint8Array, headers?: Record<string, string>): Promise<Answered>;
}

const upsertBucket = `mutation UpsertBucket($input: UpsertBucketInput!) {
  upsertBucket(input: $input) { bucket { id name displayName historyLineCount state } inserted }
}`;

export function plainClient(server: WandbServer, project = "p"): PlainClient {
  const authorization = `Basic ${Buffer.from(`api:${server.apiKey}`).toString("base64")}`;

  async function send(url: string, init: RequestInit): Promise<Answered> {
    const response = await fetch(url, init);
    const text = await response.text();
    const json = response.headers.get("content-type") === "application/json" ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, json };
  }

  function post(path: string, body: object | Buffer, headers: Record<string, string> = {}): Promise<Answered> {
    const text = Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const all = { authorization, "content-type": "application/json", ...headers };
    return send(server.url + path, { method: "POST", headers: all, body: text });
  }

  return {
    graphql: (query, variables = {}) => post("/graphql", { query, variables }),
    upsert: (name, input = {}) =>
      post("/graphql", { query: upsertBucket, variables: { input: { name, modelName: project, ...input } } }),
    stream: (run, body, headers) => post(`/files/${server.entity}/${project}/${run}/file_stream`, body, headers),
    put: (url, bytes, headers = {}) => send(url, { method: "PUT", headers, body: bytes }),
  };
}

export function md5(bytes: Uint8Array | string): string {
  return createHash("md5").update(bytes).digest("base64");
}

/** The digest of an artifact with these files. */
export function digestOf(files: Readonly<Record<string, string>>): string {
  const lines = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = lines.map(([path, digest]) => `${path}:${digest}\n`).join("");
  return createHash("md5").update(`wandb-artifact-manifest-v1\n${text}`).digest("hex");
}

/** What lies in an answer under these keys; throws where it is not there. */
export function at({ json }: Answered, ...keys: readonly (string | number)[]): string {
  let found: unknown = json;
  for (const key of keys) found = (found as Record<string | number, unknown>)[key];
  return found as string;
}
