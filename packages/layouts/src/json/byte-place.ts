/** Follows where in a text one is: bytes from 0, lines from 1. */
export interface BytePlace {
  /** Byte `i` of the present chunk is looked at. */
  at(i: number, byte: number): void;
  /** The present chunk is done with. */
  passed(bytes: number): void;
  readonly now: { readonly offset: number; readonly line: number };
}

export function createBytePlace(): BytePlace {
  let [base, offset, line] = [0, 0, 1];
  let nextLine = 1;
  return {
    at(i, byte) {
      offset = base + i;
      line = nextLine;
      if (byte === 0x0a) nextLine++;
    },
    passed(bytes) {
      base += bytes;
    },
    get now() {
      return { offset, line };
    },
  };
}
