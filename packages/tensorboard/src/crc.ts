import { type Checksum, createCrc32 } from "@runferry/core";

/** CRC-32C (Castagnoli), the checksum of TFRecord files. */
export const crc32c: Checksum = createCrc32(0x82f63b78);

/** TFRecord stores checksums rotated and shifted, so that the checksum of data that holds checksums stays strong. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The masked checksum of a range of bytes. */
export function maskedCrc(bytes: Uint8Array, from?: number, to?: number): number {
  return maskCrc(crc32c(bytes, from, to));
}
