import { StringDecoder } from "node:string_decoder";

export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
}

/** A row that is longer than this is no row. */
const longestRow = 16 * 1024 * 1024;

/**
 * The whole rows of a CSV file (RFC 4180) as a stream; empty lines are passed over. Memory is bounded by the largest row.
 * Returns why the rest could not be read, where it could not.
 */
export async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  separator: string,
): AsyncGenerator<CsvRow, { readonly why: string; readonly line: number } | undefined> {
  const decoder = new StringDecoder("utf8");
  const row = createRow(separator);
  let [line, begin, rest, isFirst] = [0, 1, "", true];
  for await (const chunk of bytes) {
    let text = rest + decoder.write(chunk as Buffer);
    if (isFirst && text !== "") [text, isFirst] = [text.replace(/^\uFEFF/, ""), false];
    const lines = text.split("\n");
    rest = lines.pop()!;
    for (const one of lines) {
      line++;
      if (!row.isOpen) begin = line;
      const cells = row.push(one);
      if (cells && !(cells.length === 1 && cells[0] === "")) yield { cells, line: begin };
    }
    if (rest.length + row.held > longestRow)
      return { why: `a row is longer than ${longestRow} characters`, line: begin };
  }
  if (row.isOpen) return { why: "a quote is not closed", line: begin };
  // Half a number is a number too: what may be under way is not taken for whole.
  return rest === "" ? undefined : { why: "the last line has no end, and may be cut off", line: line + 1 };
}

/** Puts a row together, which may have ends of lines in its quotes. */
function createRow(separator: string) {
  let cells: string[] = [];
  let cell = "";
  let isOpen = false;
  let held = 0;

  /** The cells, or undefined where the row goes on. */
  function push(raw: string): readonly string[] | undefined {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (!isOpen && !line.includes('"')) return line.split(separator);
    for (let at = 0; ; ) {
      if (!isOpen && line[at] === '"') [isOpen, at] = [true, at + 1];
      if (isOpen) {
        const end = line.indexOf('"', at);
        if (end < 0) {
          cell += `${raw.slice(at)}\n`;
          held += raw.length + 1;
          return undefined;
        }
        cell += line.slice(at, end);
        at = end + 1;
        if (line[at] === '"') {
          cell += '"'; // two quotes are one
          at++;
          continue;
        }
        isOpen = false;
      }
      const end = line.indexOf(separator, at);
      cells.push(cell + line.slice(at, end < 0 ? line.length : end));
      cell = "";
      if (end < 0) break;
      at = end + 1;
    }
    const done = cells;
    [cells, held] = [[], 0];
    return done;
  }

  return {
    push,
    get isOpen() {
      return isOpen;
    },
    get held() {
      return held;
    },
  };
}
