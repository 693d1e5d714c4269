import { crc32 } from "@runferry/core";
import { blockBytes, chunk, chunkHeaderBytes, fileHeader } from "./log-format.ts";

/** What stands in a .wandb file, in its order. */
export interface LogVisitor {
  /** One record. The bytes are valid during the call. */
  record(data: Uint8Array, offset: number): void;
  /** Bytes that hold no whole record. Reading goes on behind them. */
  damage(reason: string, offset: number, length: number): void;
}

/** Finds the records in the bytes of a file that arrive in pieces, and the next whole one behind damage. */
export interface LogReader {
  push(bytes: Uint8Array): void;
  /** Nothing more will be pushed: what is left is told. */
  end(): void;
}

export interface LogReaderOptions {
  /** A longer record is damage. Default: 256 MiB. */
  readonly maxRecordBytes?: number;
}

/** So many bytes of a damaged block are compared with checksums that chance put there; what is behind is given up. */
const maxSearchBytes = 4 * 1024 * 1024;

export function createLogReader(visitor: LogVisitor, options: LogReaderOptions = {}): LogReader {
  const { maxRecordBytes = 256 * 1024 * 1024 } = options;
  const block = new Uint8Array(blockBytes);
  let size = 0; // of the block, as far as it has arrived
  let base = 0; // offset in the file of block[0]
  let damagedFrom = -1; // offset in the file where damage began, until the next whole record
  let reason = "";
  let pieces: Uint8Array[] = []; // of a record that began and is not whole yet
  let pieceBytes = 0;
  let recordFrom = -1; // offset in the file where that record began

  function push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(blockBytes - size, bytes.length - at);
      block.set(bytes.subarray(at, at + taken), size);
      size += taken;
      at += taken;
      if (size === blockBytes) closeBlock();
    }
  }

  function end(): void {
    closeBlock();
    if (recordFrom >= 0) spoil(recordFrom, "the file ends within a record");
    if (damagedFrom >= 0) visitor.damage(reason, damagedFrom, base - damagedFrom);
    damagedFrom = -1;
  }

  function closeBlock(): void {
    let at = 0;
    if (base === 0) {
      at = Math.min(size, fileHeader.length);
      if (!fileHeader.every((byte, i) => i >= size || block[i] === byte)) {
        spoil(0, "the file does not begin as a W&B file does");
      } else if (size > 0 && size < fileHeader.length) {
        spoil(0, "the file ends within its header");
      }
    }
    // Fewer bytes than a header at the end of a block are filled up with zeros.
    while (size - at >= chunkHeaderBytes) {
      const length = lengthAt(at);
      if (length >= 0) {
        take(at, length);
        at += chunkHeaderBytes + length;
      } else {
        spoil(recordFrom >= 0 ? recordFrom : base + at, "the checksum of the record does not match");
        at = nextChunk(at);
      }
    }
    if (at < size && size < blockBytes)
      spoil(recordFrom >= 0 ? recordFrom : base + at, "the file ends within a record");
    base += size;
    size = 0;
  }

  /** The length of the data of the chunk at `at`, or -1 where there is none that can be believed. */
  function lengthAt(at: number): number {
    const type = block[at + 6]!;
    const length = block[at + 4]! | (block[at + 5]! << 8);
    const end = at + chunkHeaderBytes + length;
    if (type < chunk.full || type > chunk.last || end > size) return -1;
    const told = (block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0;
    return crc32(block, at + 6, end) === told ? length : -1;
  }

  /** Where the next chunk behind a damaged one begins: behind its length if that can be believed, else wherever one is found. */
  function nextChunk(damaged: number): number {
    const behind = damaged + chunkHeaderBytes + (block[damaged + 4]! | (block[damaged + 5]! << 8));
    if (behind + chunkHeaderBytes <= size && lengthAt(behind) >= 0) return behind;
    let searched = 0;
    for (let at = damaged + 1; at + chunkHeaderBytes <= size && searched < maxSearchBytes; at++) {
      const type = block[at + 6]!;
      if (type < chunk.full || type > chunk.last) continue;
      searched += Math.min(block[at + 4]! | (block[at + 5]! << 8), blockBytes);
      if (lengthAt(at) >= 0) return at;
    }
    return size;
  }

  function take(at: number, length: number): void {
    const type = block[at + 6]!;
    const data = block.subarray(at + chunkHeaderBytes, at + chunkHeaderBytes + length);
    if (type === chunk.full || type === chunk.first) {
      if (recordFrom >= 0) spoil(recordFrom, "the record has no end");
      recordFrom = base + at;
    } else if (recordFrom < 0) {
      spoil(base + at, "the record has no beginning");
      return;
    }
    if (type === chunk.full) {
      tell(data);
      return;
    }
    pieceBytes += length;
    if (pieceBytes > maxRecordBytes) {
      spoil(recordFrom, `the record is longer than ${maxRecordBytes} bytes`);
      return;
    }
    pieces.push(data.slice());
    if (type === chunk.last) tell(joined());
  }

  function tell(data: Uint8Array): void {
    if (damagedFrom >= 0) visitor.damage(reason, damagedFrom, recordFrom - damagedFrom);
    const offset = recordFrom;
    damagedFrom = -1;
    forget();
    visitor.record(data, offset);
  }

  /** From there on there is damage, until a whole record is found. */
  function spoil(from: number, why: string): void {
    if (damagedFrom < 0) {
      damagedFrom = from;
      reason = why;
    }
    forget();
  }

  function joined(): Uint8Array {
    const data = new Uint8Array(pieceBytes);
    let at = 0;
    for (const piece of pieces) {
      data.set(piece, at);
      at += piece.length;
    }
    return data;
  }

  function forget(): void {
    pieces = [];
    pieceBytes = 0;
    recordFrom = -1;
  }

  return { push, end };
}
