/** A content from front to back in pieces of given sizes, each streamed, nothing of it read twice. */
export interface Splitting {
  /** The next so many bytes, or as many as there are. To be read to its end before the next is asked for. */
  take(bytes: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export function splitting(content: AsyncIterable<Uint8Array>): Splitting {
  const reading = content[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  return {
    async *take(bytes) {
      for (let left = bytes; left > 0; ) {
        const piece: Uint8Array | undefined = rest ?? (await reading.next()).value;
        if (piece === undefined) return;
        const now = piece.subarray(0, left);
        rest = piece.length > left ? piece.subarray(left) : undefined;
        left -= now.length;
        yield now;
      }
    },
    async close() {
      await reading.return?.();
    },
  };
}
