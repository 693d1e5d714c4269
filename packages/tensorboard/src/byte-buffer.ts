/** Bytes that are laid one after the other and taken away in pieces. The hot path writes into `bytes` directly. */
export interface ByteBuffer {
  bytes: Uint8Array;
  view: DataView;
  length: number;
  /** Makes room for `more` bytes after `length`. */
  reserve(more: number): void;
}

export function createByteBuffer(size: number): ByteBuffer {
  const first = new Uint8Array(size);
  const buffer: ByteBuffer = {
    bytes: first,
    view: new DataView(first.buffer),
    length: 0,
    reserve(more) {
      const needed = buffer.length + more;
      if (needed <= buffer.bytes.length) return;
      const larger = new Uint8Array(Math.max(needed, buffer.bytes.length * 2));
      larger.set(buffer.bytes.subarray(0, buffer.length));
      buffer.bytes = larger;
      buffer.view = new DataView(larger.buffer);
    },
  };
  return buffer;
}
