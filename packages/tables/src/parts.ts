import { stat } from "node:fs/promises";
import { join } from "node:path";
import { gone, namesIn } from "./files.ts";

/** A file with the rows of a stretch of events. Of a stretch there is at most one, whole. */
export interface Part {
  readonly name: string;
  readonly label: string;
  readonly first: number;
  readonly last: number;
}

const pattern = /^(.+)-(\d{9,16})-(\d{9,16})\.parquet$/;

/** `main-000000001-000020000.parquet`: the stream, its first and its last event. */
export function partName(label: string, first: number, last: number): string {
  return `${label}-${String(first).padStart(9, "0")}-${String(last).padStart(9, "0")}.parquet`;
}

/** The parts in a folder, of one stream or of all, by their first event. */
export async function partsIn(folder: string, label?: string): Promise<readonly Part[]> {
  const parts = (await namesIn(folder, "files")).flatMap((name): Part[] => {
    const found = pattern.exec(name);
    if (!found || (label !== undefined && found[1] !== label)) return [];
    return [{ name, label: found[1]!, first: Number(found[2]), last: Number(found[3]) }];
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
