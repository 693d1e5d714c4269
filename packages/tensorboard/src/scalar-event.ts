import { type ByteBuffer, createByteBuffer } from "./byte-buffer.ts";
import { closeRecord, headerBytes } from "./record.ts";

/** Lays events of scalars. It remembers the bytes of tags, which repeat for a whole run. */
export interface ScalarLayer {
  /** One event, every value in the order given. `tags[i]` belongs to `values[i]`. */
  add(
    buffer: ByteBuffer,
    wallTime: number,
    step: number,
    tags: readonly string[],
    values: ArrayLike<number>,
    count: number,
  ): void;
}

const maxTags = 10_000;
const quietNaN = 0x7fc0_0000;
const encoder = new TextEncoder();

export function createScalarLayer(): ScalarLayer {
  const known = new Map<string, Uint8Array>();

  /** A Summary.Value with its tag, up to the four bytes of the number. */
  function bytesOfTag(tag: string): Uint8Array {
    let bytes = known.get(tag);
    if (bytes) return bytes;
    const text = encoder.encode(tag);
    const size = 1 + varintSize(text.length) + text.length + 1;
    const buffer = createByteBuffer(size + 12);
    putByte(buffer, 0x0a); // Summary.value
    putVarint(buffer, size + 4);
    putByte(buffer, 0x0a); // Value.tag
    putVarint(buffer, text.length);
    buffer.bytes.set(text, buffer.length);
    buffer.length += text.length;
    putByte(buffer, 0x15); // Value.simple_value
    bytes = buffer.bytes.slice(0, buffer.length);
    if (known.size < maxTags) known.set(tag, bytes);
    return bytes;
  }

  return {
    add(buffer, wallTime, step, tags, values, count) {
      let summaryBytes = 4 * count;
      for (let i = 0; i < count; i++) summaryBytes += bytesOfTag(tags[i]!).length;
      buffer.reserve(summaryBytes + 64);
      const start = buffer.length;
      buffer.length += headerBytes;
      putByte(buffer, 0x09); // Event.wall_time
      buffer.view.setFloat64(buffer.length, wallTime, true);
      buffer.length += 8;
      if (step !== 0) {
        putByte(buffer, 0x10); // Event.step
        putStep(buffer, step);
      }
      putByte(buffer, 0x2a); // Event.summary
      putVarint(buffer, summaryBytes);
      for (let i = 0; i < count; i++) {
        const tag = bytesOfTag(tags[i]!);
        const { bytes, view } = buffer;
        let at = buffer.length;
        for (let j = 0; j < tag.length; j++) bytes[at++] = tag[j]!;
        const value = values[i]!;
        // JavaScript does not say which of the many NaN it writes.
        if (Number.isNaN(value)) view.setUint32(at, quietNaN, true);
        else view.setFloat32(at, value, true);
        buffer.length = at + 4;
      }
      closeRecord(buffer, start);
    },
  };
}

function putByte(buffer: ByteBuffer, byte: number): void {
  buffer.bytes[buffer.length++] = byte;
}

function putVarint(buffer: ByteBuffer, value: number): void {
  let rest = value;
  while (rest > 0x7fff_ffff) {
    putByte(buffer, (rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    putByte(buffer, (rest & 127) | 0x80);
    rest >>>= 7;
  }
  putByte(buffer, rest);
}

/** A step below zero takes the ten bytes of its two's complement in 64 bits. */
function putStep(buffer: ByteBuffer, step: number): void {
  if (step > 0) {
    putVarint(buffer, step);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(step));
  while (rest > 127n) {
    putByte(buffer, Number(rest & 127n) | 0x80);
    rest >>= 7n;
  }
  putByte(buffer, Number(rest));
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}
