/** Lines as they stand in a request: of many, these bytes take far less memory than their texts. */
export interface LineBytes {
  readonly count: number;
  /** One JSON text after the other, with commas between them. */
  readonly json: Uint8Array;
}

export interface LineBuffer {
  add(line: string): void;
  /** What was added since the last call. Valid until `clear`. */
  lines(): LineBytes;
  /** Begins anew in the same memory: what was made of it before is gone. */
  clear(): void;
}

const comma = 44;
/** What a full request takes, marks before its quotes and all. Memory that is not written to costs nothing. */
const roomBytes = 14 * 1024 * 1024;

export function createLineBuffer(): LineBuffer {
  let bytes = Buffer.allocUnsafeSlow(roomBytes);
  let length = 0;
  let count = 0;
  return {
    add(line) {
      const text = JSON.stringify(line);
      const needed = length + 1 + Buffer.byteLength(text);
      if (needed > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(needed, bytes.length * 2));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      if (count++ > 0) bytes[length++] = comma;
      length += bytes.write(text, length);
    },
    lines: () => ({ count, json: bytes.subarray(0, length) }),
    clear() {
      length = 0;
      count = 0;
    },
  };
}
