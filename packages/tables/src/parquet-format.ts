import { join } from "node:path";
import { gone, placeFile, removeFile } from "./files.ts";
import type { Format, Put, ReadRows, StreamPlace } from "./formats.ts";
import { parquetBytes, readParquet } from "./parquet-file.ts";
import { streamOfLabel } from "./partition.ts";
import { type Part, partOf, partsIn, smallTail, wholeParts } from "./parts.ts";
import { sliceRows } from "./read-events.ts";
import type { Cell, Rows } from "./tables.ts";

/** So many small parts at the end of a stream are made one. */
const mostSmallParts = 8;

/** A file cannot be added to, so there is one for each stretch of events. What to remember is the end of the last one. */
export const parquetFormat: Format = {
  kind: "parquet",
  put,
  async labels(folder) {
    const labels = new Set((await partsIn(folder)).map(({ label }) => label));
    return [...labels].filter((label) => streamOfLabel(label) !== undefined);
  },
  read,
  bytesOf: (rows) => [parquetBytes(rows)],
  readFile: (path, columns) => readParquet(path, columns),
};

async function put(write: Put): Promise<number | undefined> {
  const { folder, label, rows, after, first, last, isEnd, memo, effects } = write;
  const there = await partsIn(folder, label);
  const held = wholeParts(there.filter((part) => part.first <= after));
  const covered = held.at(-1)?.last ?? 0;
  if (memo !== undefined && covered < memo) {
    throw gone(folder, `does not have event ${memo} of ${label} any more`);
  }
  // An event has one number for ever: what a larger part already has of this batch, it has for good.
  const fresh = rows && rowsBehind(rows, covered);
  const tail = await smallTail(folder, held);
  const isMerged = tail.length >= mostSmallParts || (isEnd && tail.length + (fresh ? 1 : 0) > 1);
  const merged = isMerged ? tail : [];
  let kept = held;
  let end = covered;
  if (fresh || merged.length > 0) {
    const from = merged[0]?.first ?? Math.max(first, covered + 1);
    end = fresh ? last : covered;
    const whole = merged.length > 0 ? await joined(write, merged, fresh) : fresh!;
    const bytes = parquetBytes(whole);
    const part = partOf(label, from, end, bytes);
    await placeFile(join(folder, part.name), [bytes], effects);
    kept = [...held.slice(0, held.length - merged.length), part];
  }
  const names = new Set(kept.map(({ name }) => name));
  for (const { name } of there) if (!names.has(name)) await removeFile(join(folder, name), effects);
  return end === 0 ? undefined : end;
}

/** The rows of later events, or undefined where there are none. */
function rowsBehind(rows: Rows, seq: number): Rows | undefined {
  const seqs = rows.data[rows.columns.findIndex(({ name }) => name === "seq") - rows.constants.length]!;
  const from = seqs.findIndex((own) => (own as number) > seq);
  if (from <= 0) return from === 0 ? rows : undefined;
  return { ...rows, data: rows.data.map((cells) => cells.slice(from)), length: rows.length - from };
}

/** The rows of some parts and those of a batch as one. */
async function joined(
  { folder, columns, constants }: Put,
  parts: readonly Part[],
  fresh: Rows | undefined,
): Promise<Rows> {
  const own = columns.slice(constants.length);
  const data: Cell[][] = own.map(() => []);
  let length = 0;
  const add = (more: readonly (readonly Cell[])[], count: number) => {
    for (const [i, cells] of more.entries()) for (const cell of cells) data[i]!.push(cell);
    length += count;
  };
  for (const { name, checksum } of parts) {
    for await (const read of readParquet(join(folder, name), own, checksum)) {
      add(
        own.map((column) => read.columns[column.name]!),
        read.length,
      );
    }
  }
  if (fresh) add(fresh.data, fresh.length);
  return { columns, constants, data, length };
}

async function* read({ folder, label, columns }: StreamPlace): AsyncIterable<ReadRows> {
  let last = 0;
  for (const part of wholeParts(await partsIn(folder, label))) {
    for await (const rows of readParquet(join(folder, part.name), columns, part.checksum)) yield behind(rows, last);
    last = part.last;
  }
}

function behind(rows: ReadRows, seq: number): ReadRows {
  const from = rows.columns.seq?.findIndex((own) => (own as number) > seq) ?? 0;
  if (from === 0) return rows;
  return sliceRows(rows, from < 0 ? rows.length : from, rows.length);
}
