import { Readable } from "node:stream";
import { RunferryError } from "@runferry/core";
import { beginningOf, skipping } from "@runferry/http";
import type { Headers } from "./answer.ts";
import type { UploadPart } from "./artifact-types.ts";
import { partBytesOf } from "./digests.ts";
import type { WandbError } from "./errors.ts";
import { splitting } from "./splitting.ts";
import type { Asking, UploadTarget } from "./types.ts";
import type { Call, Reply, Wire } from "./wire.ts";

export interface Upload extends Asking {
  readonly bytes: number;
  /** Called with the bytes sent so far. */
  readonly report?: (bytes: number) => void;
}

/** Bytes at signed addresses, streamed both ways. No credentials are sent there. */
export interface Storage {
  /** Puts one file. */
  put(target: UploadTarget, content: () => AsyncIterable<Uint8Array>, upload: Upload): Promise<void>;
  /** Puts a file in parts, one after the other, in one reading; gives the tags to complete it with. */
  putParts(
    places: readonly { readonly partNumber: number; readonly uploadUrl: string }[],
    content: () => AsyncIterable<Uint8Array>,
    upload: Upload & { readonly digests: readonly UploadPart[] },
  ): Promise<readonly UploadPart[]>;
  /** The bytes from `start` on. */
  get(url: string, more?: Asking & { readonly start?: number }): AsyncIterable<Uint8Array>;
}

/** So many times a download may be sent on. */
const mostRedirects = 5;

export function createStorage(wire: Wire): Storage {
  async function failureOf(call: Call, reply: Reply): Promise<WandbError> {
    const text = await beginningOf(reply.body).catch(() => ""); // the status says enough
    return wire.failureOf(call, reply, text);
  }

  async function send(call: Call, failed: () => unknown): Promise<Headers> {
    try {
      const reply = await wire.ask(call);
      const isPage = /html/i.test(reply.headers["content-type"] ?? ""); // of a log-in, with status 200
      if (reply.status < 200 || reply.status > 299 || isPage) throw await failureOf(call, reply);
      reply.body.on("error", () => undefined).resume(); // what it says of success is not needed
      return reply.headers;
    } catch (cause) {
      throw failed() ?? cause; // trouble with reading the file is not trouble with the place
    }
  }

  return {
    async put({ url, headers }, content, { bytes, report, signal }) {
      const { body, failed } = bodyFrom(content(), bytes, report);
      const more = { ...headersFrom(headers), "content-length": String(bytes) };
      await send({ asked: "storage", method: "PUT", url, headers: more, body, signal }, failed);
    },
    async putParts(places, content, { bytes, digests, report, signal }) {
      const size = partBytesOf(bytes);
      const whole = splitting(content());
      const tags: UploadPart[] = [];
      try {
        for (const { partNumber, uploadUrl: url } of places.toSorted((a, b) => a.partNumber - b.partNumber)) {
          const from = (partNumber - 1) * size;
          const length = Math.min(size, bytes - from);
          const { body, failed } = bodyFrom(whole.take(length), length, (sent) => report?.(from + sent));
          const md5 = Buffer.from(digests[partNumber - 1]?.hexMD5 ?? "", "hex").toString("base64");
          const headers = { "content-md5": md5, "content-length": String(length) };
          const { etag = "" } = await send({ asked: "storage", method: "PUT", url, headers, body, signal }, failed);
          tags.push({ partNumber, hexMD5: etag });
        }
      } finally {
        await whole.close();
      }
      return tags;
    },
    async *get(address, { start = 0, signal } = {}) {
      const headers: Headers = start === 0 ? {} : { range: `bytes=${start}-` };
      let call: Call = { asked: "storage", method: "GET", url: address, headers, signal };
      let reply = await wire.ask(call);
      for (let hops = 0; hops < mostRedirects && isRedirect(reply.status); hops += 1) {
        reply.body.on("error", () => undefined).destroy();
        call = { ...call, url: wire.resolve(call, reply.headers.location ?? "") };
        reply = await wire.ask(call);
      }
      if (reply.status === 416 && start > 0) {
        reply.body.on("error", () => undefined).destroy();
        return;
      }
      if (reply.status !== 200 && reply.status !== 206) throw await failureOf(call, reply);
      try {
        yield* start > 0 && reply.status === 200 ? skipping(reply.body, start) : reply.body;
      } catch (cause) {
        throw wire.brokenOff(call, cause);
      }
    },
  };
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** A body that remembers why it could not be read. */
function bodyFrom(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  report: ((bytes: number) => void) | undefined,
): { readonly body: Readable; failed(): unknown } {
  let failure: unknown;
  let sent = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    try {
      for await (const part of content) {
        if (sent + part.length > bytes) throw otherLength(bytes, "more");
        yield part;
        sent += part.length;
        report?.(sent);
      }
      if (sent < bytes) throw otherLength(bytes, "fewer");
    } catch (cause) {
      failure = cause;
      throw cause;
    }
  }
  const body = Readable.from(counted(), { objectMode: false, highWaterMark: 256 * 1024 });
  return { body, failed: () => failure };
}

function otherLength(bytes: number, which: "more" | "fewer"): RunferryError {
  return new RunferryError("file_missing", `a file of ${bytes} bytes has ${which} of them now`, {
    hint: "it was changed after it was logged; log it again",
    data: "nothing of it is there",
  });
}

/** `Name:value` each. What belongs to the transfer itself is ours. */
function headersFrom(lines: readonly string[]): Headers {
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return Object.fromEntries(pairs.filter(([name]) => name !== "" && !ours.has(name)));
}

const ours = new Set(["connection", "content-length", "host", "transfer-encoding"]);
