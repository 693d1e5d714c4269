/** A running checksum: feed it the result so far (0 at first) and a range of bytes. */
export type Checksum = (bytes: Uint8Array, from?: number, to?: number, soFar?: number) => number;

/**
 * A CRC-32 over the given reversed polynomial, eight bytes a turn: `0xedb88320` is the plain one (zlib),
 * `0x82f63b78` is CRC-32C (Castagnoli). Both are tested against their published check values.
 */
export function createCrc32(polynomial: number): Checksum {
  const table = createTables(polynomial);
  return (bytes, from = 0, to = bytes.length, soFar = 0) => {
    let crc = ~soFar;
    let i = from;
    for (; i + 8 <= to; i += 8) {
      const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
      crc =
        table[1792 + (low & 255)]! ^
        table[1536 + ((low >>> 8) & 255)]! ^
        table[1280 + ((low >>> 16) & 255)]! ^
        table[1024 + (low >>> 24)]! ^
        table[768 + bytes[i + 4]!]! ^
        table[512 + bytes[i + 5]!]! ^
        table[256 + bytes[i + 6]!]! ^
        table[bytes[i + 7]!]!;
    }
    for (; i < to; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]!) & 255]!;
    return ~crc >>> 0;
  };
}

/** The checksum of the journal: plain CRC-32, as zlib and Python's `zlib.crc32` compute it. */
export const crc32: Checksum = createCrc32(0xedb88320);

function createTables(polynomial: number): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[n] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!;
    table[i] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return table;
}
