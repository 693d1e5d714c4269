import { closeSync, openSync, readSync } from "node:fs";

const pieceBytes = 256 * 1024;
/** Buffers that nobody reads into now: fresh ones for each of thousands of files would be what takes the memory. */
const idle: Buffer[] = [];

/** The bytes of a file. A piece is overwritten by the next: whoever wants to keep it copies it. */
export function* piecesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  const buffer = idle.pop() ?? Buffer.allocUnsafeSlow(pieceBytes);
  try {
    for (let bytes = readSync(file, buffer); bytes > 0; bytes = readSync(file, buffer)) yield buffer.subarray(0, bytes);
  } finally {
    idle.push(buffer);
    closeSync(file);
  }
}
