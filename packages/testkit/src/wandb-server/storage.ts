import { createHash } from "node:crypto";
import type { Answer, Arrived } from "./answer.ts";
import { type Blobs, createBlobs } from "./blobs.ts";
import { parseRange } from "./byte-range.ts";
import type { WandbState } from "./state.ts";

/** The object store beside W&B: whoever has a signed address may use it, for as long as it is valid. */
export interface Storage {
  sign(method: "PUT" | "GET", key: string): string;
  /** What is uploaded there must have this MD5 (base64). */
  expect(key: string, md5: string): void;
  answer(arrived: Arrived): Promise<Answer>;
  /** Makes one object of the parts; undefined where one is missing or another than announced. */
  join(keys: readonly string[], key: string): Promise<boolean>;
  /** Addresses that were signed before are no longer valid. */
  expire(): void;
  /** What a well-behaved client never does. */
  readonly failures: string[];
  close(): void;
}

export function createStorage(state: WandbState, base: () => string): Storage {
  const blobs: Blobs = createBlobs();
  const expected = new Map<string, string>();
  const failures: string[] = [];
  let epoch = 1;

  function signature(method: string, key: string): string {
    return createHash("sha256").update(`${epoch} ${method} ${key}`).digest("hex").slice(0, 32);
  }

  async function put({ headers, content }: Arrived, key: string): Promise<Answer> {
    if (headers["transfer-encoding"] !== undefined) {
      failures.push(`PUT ${key} without Content-Length`);
      return { status: 411, body: "Content-Length is required" };
    }
    const blob = await blobs.receive(content);
    if (blob.size !== Number(headers["content-length"])) return { status: 400, body: "the body was cut off" };
    const announced = headers["content-md5"];
    if (announced !== undefined && announced !== blob.md5) return { status: 400, body: "BadDigest" };
    const wanted = expected.get(key);
    if (wanted !== undefined && wanted !== blob.md5) return { status: 403, body: "SignatureDoesNotMatch" };
    state.objects.set(key, blob);
    return { status: 200, headers: { etag: `"${Buffer.from(blob.md5, "base64").toString("hex")}"` }, body: "" };
  }

  function get({ method, headers }: Arrived, key: string): Answer {
    const blob = state.objects.get(key);
    if (blob === undefined) return { status: 404, body: "NoSuchKey" };
    const range = parseRange(headers.range, blob.size);
    const known = {
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
      etag: `"${Buffer.from(blob.md5, "base64").toString("hex")}"`,
    };
    if (range === "unsatisfiable") {
      return { status: 416, headers: { "content-range": `bytes */${blob.size}` }, body: "InvalidRange" };
    }
    const { start, end } = range ?? { start: 0, end: blob.size };
    const lengths = { ...known, "content-length": String(end - start) };
    const part = range && { "content-range": `bytes ${start}-${end - 1}/${blob.size}` };
    const body = method === "HEAD" ? "" : blob.read({ start, end });
    return { status: range ? 206 : 200, headers: { ...lengths, ...part }, body };
  }

  return {
    sign: (method, key) =>
      `${base()}/storage/${key.split("/").map(encodeURIComponent).join("/")}?Signature=${signature(method, key)}`,
    expect: (key, md5) => void expected.set(key, md5),
    async answer(arrived) {
      const { method, url, headers } = arrived;
      const key = url.pathname.slice("/storage/".length).split("/").map(decodeURIComponent).join("/");
      if (headers.authorization !== undefined) {
        failures.push(`${method} ${key} with credentials, which are not for the object store`);
        return { status: 400, body: "Only one auth mechanism allowed" };
      }
      const signedFor = method === "HEAD" ? "GET" : method;
      if (url.searchParams.get("Signature") !== signature(signedFor, key)) {
        return { status: 403, body: "AccessDenied: Request has expired" };
      }
      if (method === "PUT") return put(arrived, key);
      return method === "GET" || method === "HEAD" ? get(arrived, key) : { status: 405, body: "MethodNotAllowed" };
    },
    async join(keys, key) {
      const parts = keys.map((part) => state.objects.get(part));
      if (parts.includes(undefined)) return false;
      async function* all(): AsyncIterable<Uint8Array> {
        for (const part of parts) yield* part!.read();
      }
      const blob = await blobs.receive(all());
      const wanted = expected.get(key);
      if (wanted !== undefined && wanted !== blob.md5) return false;
      state.objects.set(key, blob);
      for (const part of keys) state.objects.delete(part);
      return true;
    },
    expire: () => void epoch++,
    failures,
    close: () => blobs.close(),
  };
}
