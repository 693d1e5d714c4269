import type { ByteBuffer } from "./byte-buffer.ts";
import { crc32c, maskCrc, maskedCrc } from "./crc.ts";

/** Length and its checksum before the data, the checksum of the data after it. */
export const headerBytes = 12;
export const frameBytes = 16;

const cachedLengths = 1024;
const headerCrcs = new Uint32Array(cachedLengths);
const lengthBytes = new Uint8Array(8);
const lengthView = new DataView(lengthBytes.buffer);

/** The masked checksum of the eight bytes of a length. Lengths repeat, so those of small records are remembered. */
export function headerCrc(length: number): number {
  if (length < cachedLengths && headerCrcs[length] !== 0) return headerCrcs[length]!;
  lengthView.setUint32(0, length % 0x1_0000_0000, true);
  lengthView.setUint32(4, Math.floor(length / 0x1_0000_0000), true);
  const crc = maskedCrc(lengthBytes);
  if (length < cachedLengths) headerCrcs[length] = crc;
  return crc;
}

/** Closes a record whose data was laid at `start + headerBytes` up to the end of the buffer. */
export function closeRecord(buffer: ByteBuffer, start: number): void {
  const from = start + headerBytes;
  const length = buffer.length - from;
  buffer.reserve(4);
  const view = buffer.view;
  view.setUint32(start, length % 0x1_0000_0000, true);
  view.setUint32(start + 4, Math.floor(length / 0x1_0000_0000), true);
  view.setUint32(start + 8, headerCrc(length), true);
  view.setUint32(buffer.length, maskCrc(crc32c(buffer.bytes, from, buffer.length)), true);
  buffer.length += 4;
}

/** Lays one record. */
export function addRecord(buffer: ByteBuffer, data: Uint8Array): void {
  buffer.reserve(data.length + frameBytes);
  const start = buffer.length;
  buffer.bytes.set(data, start + headerBytes);
  buffer.length = start + headerBytes + data.length;
  closeRecord(buffer, start);
}
