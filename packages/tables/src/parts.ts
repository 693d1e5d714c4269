import { stat } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "@runferry/core";
import { gone, namesIn } from "./files.ts";

/** A file with the rows of a stretch of events. Of a stretch there is at most one, whole. */
export interface Part {
  readonly name: string;
  readonly label: string;
  readonly first: number;
  readonly last: number;
  /** CRC-32 of the whole file. */
  readonly checksum: number;
}

const pattern = /^(.+)-(\d{9,16})-(\d{9,16})-([0-9a-f]{8})\.parquet$/;

/** `main-000000001-000020000-5d41402a.parquet`: the stream, its first and its last event, and the checksum. */
export function partOf(label: string, first: number, last: number, bytes: Uint8Array): Part {
  const checksum = crc32(bytes);
  const number = (seq: number) => String(seq).padStart(9, "0");
  const name = `${label}-${number(first)}-${number(last)}-${checksum.toString(16).padStart(8, "0")}.parquet`;
  return { name, label, first, last, checksum };
}

/** The parts in a folder, of one stream or of all, by their first event. */
export async function partsIn(folder: string, label?: string): Promise<readonly Part[]> {
  const parts = (await namesIn(folder, "files")).flatMap((name): Part[] => {
    const found = pattern.exec(name);
    if (!found || (label !== undefined && found[1] !== label)) return [];
    const [, own, first, last, checksum] = found as unknown as [string, string, string, string, string];
    return [{ name, label: own, first: Number(first), last: Number(last), checksum: Number.parseInt(checksum, 16) }];
  });
  return parts.sort((a, b) => a.first - b.first || b.last - a.last);
}

/** The parts of a stream without those that a later one holds as well: a crash leaves both for a while. */
export function wholeParts(parts: readonly Part[]): readonly Part[] {
  let last = 0;
  return parts.filter((part) => {
    const isWhole = part.last > last;
    if (isWhole) last = part.last;
    return isWhole;
  });
}

const smallBytes = 128 * 1024;
const mergedBytes = 512 * 1024;

/** The last parts that are small, as many as one file should hold. Throws `gone` where the last is empty. */
export async function smallTail(folder: string, parts: readonly Part[]): Promise<readonly Part[]> {
  let total = 0;
  let from = parts.length;
  while (from > 0) {
    const path = join(folder, parts[from - 1]!.name);
    const { size } = await stat(path);
    if (size === 0) throw gone(path, "is empty");
    total += size;
    if (size >= smallBytes || total > mergedBytes) break;
    from--;
  }
  return parts.slice(from);
}
