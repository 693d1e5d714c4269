import { cutLines, maxBodyBytes, maxLineBytes, type StreamUpdate } from "../client/index.ts";
import { consoleText, type Laid, objectText, type Progress, rowText } from "../mapping/index.ts";

/** Lines of a batch in as few requests as their size allows, offsets and all: the same batch gives the same requests. */
export function streamUpdates(laid: Laid, before: Progress, uploaded: readonly string[]): readonly StreamUpdate[] {
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

  const rows = cutLines(laid.rows.map(rowText));
  let offset = before.rows;
  for (const lines of rows) {
    add({ history: { offset, lines } }, bytesOf(lines));
    offset += lines.length;
  }
  offset = before.console;
  for (const lines of cutLines(laid.console.map(consoleText))) {
    add({ output: { offset, lines } }, bytesOf(lines));
    offset += lines.length;
  }
  const summary = laid.summary && objectText(laid.summary);
  // A longer one is not taken; every row that it is made from is there.
  if (summary !== undefined && Buffer.byteLength(summary) <= maxLineBytes) {
    add({ summary: { offset: 0, lines: [summary] } }, Buffer.byteLength(summary));
  }
  if (uploaded.length > 0) add({ uploaded }, 0);
  return updates;
}

/** The event whose row is longer than W&B takes. */
export function tooLong(laid: Laid): number | undefined {
  // A character takes three bytes at most.
  const candidates = laid.rows.filter(
    ({ values }) => values.some((text) => text.length > 1000) || values.length > 1000,
  );
  return candidates.find((row) => Buffer.byteLength(rowText(row)) > maxLineBytes)?.seq;
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}
