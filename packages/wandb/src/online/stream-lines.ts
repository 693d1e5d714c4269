import {
  createLineBuffer,
  cutLines,
  type LineBuffer,
  type LineBytes,
  maxBodyBytes,
  maxLineBytes,
  type StreamUpdate,
} from "../client/index.ts";
import { consoleText, type Laid, type Progress, type Row, rowText } from "../mapping/index.ts";

/** Lines of a batch in as few requests as their size allows, offsets and all: the same batch gives the same requests. */
export function streamUpdates(
  laid: Laid,
  history: HistoryLines["pieces"],
  summary: string | undefined,
  before: Progress,
  uploaded: readonly string[],
): readonly StreamUpdate[] {
  const updates: StreamUpdate[] = [];
  let size = 0;

  /** Beside what the last request holds, or in one of its own. */
  function add(update: StreamUpdate, bytes: number): void {
    const last = updates.at(-1);
    const key = Object.keys(update)[0] as keyof StreamUpdate;
    if (last && !(key in last) && size + bytes <= maxBodyBytes) {
      updates[updates.length - 1] = { ...last, ...update };
      size += bytes;
    } else {
      updates.push(update);
      size = bytes;
    }
  }

  let offset = before.rows;
  for (const lines of history) {
    add({ history: { offset, lines } }, lines.bytes);
    offset += lines.count;
  }
  offset = before.console;
  for (const lines of cutLines(laid.console.map(consoleText))) {
    add({ output: { offset, lines } }, bytesOf(lines));
    offset += lines.length;
  }
  if (summary !== undefined && !isSummaryTooLong(summary)) {
    add({ summary: { offset: 0, lines: [summary] } }, Buffer.byteLength(summary));
  }
  if (uploaded.length > 0) add({ uploaded }, 0);
  return updates;
}

/** A longer one is not taken; every row that it is made from is there. */
export function isSummaryTooLong(summary: string): boolean {
  return Buffer.byteLength(summary) > maxLineBytes;
}

/** The rows of a batch as lines of history, in as few pieces as their size allows. */
export interface HistoryLines {
  readonly pieces: readonly (LineBytes & { readonly bytes: number })[];
  /** Of all of them, as their size is counted. */
  readonly bytes: number;
  /** The first event whose row is longer than W&B takes. */
  readonly tooLong: number | undefined;
  add(row: Row): void;
  /** For the next batch: the pieces are gone. Only where nothing is being sent of them any more. */
  clear(): void;
}

export function createHistoryLines(): HistoryLines {
  const buffers: LineBuffer[] = [];
  let sizes: number[] = [];
  let tooLong: number | undefined;
  return {
    get pieces() {
      return sizes.map((bytes, i) => ({ ...buffers[i]!.lines(), bytes }));
    },
    get bytes() {
      return sizes.reduce((sum, bytes) => sum + bytes, 0);
    },
    get tooLong() {
      return tooLong;
    },
    add(row) {
      const line = rowText(row);
      const bytes = Buffer.byteLength(line);
      if (bytes > maxLineBytes) tooLong ??= row.seq;
      if ((sizes.at(-1) ?? Number.POSITIVE_INFINITY) + bytes > maxBodyBytes) sizes.push(0);
      buffers[sizes.length - 1] ??= createLineBuffer();
      buffers[sizes.length - 1]!.add(line);
      sizes[sizes.length - 1]! += bytes;
    },
    clear() {
      for (const buffer of buffers) buffer.clear();
      sizes = [];
      tooLong = undefined;
    },
  };
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}
