import { crc32 } from "@runferry/core";
import { blockBytes, chunk, chunkHeaderBytes, fileHeader } from "./log-format.ts";

/** Lays records as they stand in a .wandb file from some offset on. The bytes depend on nothing but the offset and the records. */
export interface LogWriter {
  add(record: Uint8Array): void;
  /** Where in the file the next record begins. */
  readonly offset: number;
  /** What was laid since the last call. Valid until the next `add` or `begin`. */
  take(): Uint8Array;
  /** Begins anew, as a writer that was just made: a large buffer is dear to make. */
  begin(from: number): void;
}

/** At offset 0 the header of the file comes first. */
export function createLogWriter(from: number, roomBytes: number = 8 * 1024): LogWriter {
  let bytes = new Uint8Array(roomBytes);
  let length = 0;
  let base = from;

  function reserve(more: number): void {
    if (length + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(length + more, bytes.length * 2));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  }

  function addChunk(type: number, data: Uint8Array, start: number, end: number): void {
    const header = length;
    const size = end - start;
    bytes[header + 4] = size & 255;
    bytes[header + 5] = size >>> 8;
    bytes[header + 6] = type;
    const body = header + chunkHeaderBytes;
    if (size < 256) for (let i = 0; i < size; i++) bytes[body + i] = data[start + i]!;
    else bytes.set(data.subarray(start, end), body);
    length = body + size;
    const crc = crc32(bytes, header + 6, length);
    bytes[header] = crc & 255;
    bytes[header + 1] = (crc >>> 8) & 255;
    bytes[header + 2] = (crc >>> 16) & 255;
    bytes[header + 3] = crc >>> 24;
  }

  function add(record: Uint8Array): void {
    let start = 0;
    let begun = false; // the first chunk may be empty, where only its header has room
    for (let isLast = false; !isLast; ) {
      let room = blockBytes - ((base + length) % blockBytes);
      reserve(record.length - start + chunkHeaderBytes * 2);
      if (room < chunkHeaderBytes) {
        bytes.fill(0, length, length + room);
        length += room;
        room = blockBytes;
      }
      const end = Math.min(record.length, start + room - chunkHeaderBytes);
      isLast = end === record.length;
      addChunk(begun ? (isLast ? chunk.last : chunk.middle) : isLast ? chunk.full : chunk.first, record, start, end);
      begun = true;
      start = end;
    }
  }

  function begin(offset: number): void {
    base = offset;
    length = 0;
    if (offset > 0) return;
    bytes.set(fileHeader);
    length = fileHeader.length;
  }

  begin(from);
  return {
    add,
    begin,
    get offset() {
      return base + length;
    },
    take() {
      const taken = bytes.subarray(0, length);
      base += length;
      length = 0;
      return taken;
    },
  };
}
