import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Bytes that were uploaded. Large ones are on disk. */
export interface Blob {
  readonly size: number;
  /** Base64, as W&B writes it. */
  readonly md5: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** `end` is exclusive. */
  read(range?: { readonly start?: number; readonly end?: number }): Readable;
  bytes(): Promise<Buffer>;
}

export interface Blobs {
  receive(content: AsyncIterable<Uint8Array>): Promise<Blob>;
  close(): void;
}

const largestInMemory = 1 << 20;

export function createBlobs(): Blobs {
  let folder: string | undefined;
  let count = 0;

  function newPath(): string {
    folder ??= mkdtempSync(join(tmpdir(), "runferry-wandb-server-"));
    mkdirSync(folder, { recursive: true });
    return join(folder, String(++count));
  }

  return {
    async receive(content) {
      const md5 = createHash("md5");
      const sha256 = createHash("sha256");
      const held: Uint8Array[] = [];
      let size = 0;
      async function* hashed(parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
        for await (const part of parts) {
          md5.update(part);
          sha256.update(part);
          size += part.length;
          yield part;
        }
      }
      const parts = hashed(content)[Symbol.asyncIterator]();
      while (size <= largestInMemory) {
        const next = await parts.next();
        if (next.done) {
          const bytes = Buffer.concat(held);
          return blob(size, md5.digest("base64"), sha256.digest("hex"), ({ start, end }) =>
            Readable.from([bytes.subarray(start, end)]),
          );
        }
        held.push(next.value);
      }
      const path = newPath();
      const rest = { [Symbol.asyncIterator]: () => parts };
      await pipeline(Readable.from(joined(held, rest)), createWriteStream(path));
      return blob(size, md5.digest("base64"), sha256.digest("hex"), ({ start = 0, end = size }) =>
        start >= end ? Readable.from([]) : createReadStream(path, { start, end: end - 1 }),
      );
    },
    close() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Read = (range: { readonly start?: number; readonly end?: number }) => Readable;

function blob(size: number, md5: string, sha256: string, read: Read): Blob {
  return {
    size,
    md5,
    sha256,
    read: (range = {}) => read(range),
    async bytes() {
      const parts: Uint8Array[] = [];
      for await (const part of read({})) parts.push(part as Uint8Array);
      return Buffer.concat(parts);
    },
  };
}

async function* joined(held: Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for (let part = held.shift(); part !== undefined; part = held.shift()) yield part;
  yield* rest;
}
