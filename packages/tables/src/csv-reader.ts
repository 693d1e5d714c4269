import { RunferryError } from "@runferry/core";

/** One line of a table: texts without their quotes, null where nothing stands. */
export type Line = readonly (string | null)[];

/** No cell of ours is larger: an event takes 16 MiB at most. */
const longestCell = 64 * 1024 * 1024;
const mostCellsOfOurs = 1000;

/** Reads CSV piece by piece. What follows the last newline is an append under way, and no line. */
export interface CsvReader {
  push(text: string): readonly Line[];
}

export function createCsvReader(mostCells: number = mostCellsOfOurs): CsvReader {
  let line: (string | null)[] = [];
  let cell = "";
  let isQuoted = false; // the cell began with a quote
  let isOpen = false; // within quotes
  let sawQuote = false; // within quotes, right behind one: the end of the cell, or the first of two

  function endCell(): void {
    if (line.length === mostCells) throw tooLong(`a line has more than ${mostCells} cells`);
    line.push(cell === "" && !isQuoted ? null : cell);
    cell = "";
    isQuoted = false;
  }

  function push(text: string): readonly Line[] {
    const lines: Line[] = [];
    let at = 0;
    while (at < text.length) {
      if (isOpen) {
        if (sawQuote) {
          sawQuote = false;
          if (text[at] === '"') {
            cell += '"';
            at++;
            continue;
          }
          isOpen = false;
          continue;
        }
        const quote = text.indexOf('"', at);
        const end = quote < 0 ? text.length : quote;
        cell += text.slice(at, end);
        if (cell.length > longestCell) throw tooLong(`a cell is longer than ${longestCell} characters`);
        at = end + 1;
        sawQuote = quote >= 0;
        continue;
      }
      const character = text[at]!;
      if (character === '"' && cell === "" && !isQuoted) {
        isQuoted = true;
        isOpen = true;
        at++;
      } else if (character === ",") {
        endCell();
        at++;
      } else if (character === "\n") {
        endCell();
        lines.push(line);
        line = [];
        at++;
      } else if (character === "\r") {
        at++; // of a line that another program ended; those within cells stand in quotes
      } else {
        let end = at + 1;
        while (end < text.length && !isSpecial(text.charCodeAt(end))) end++;
        cell += text.slice(at, end);
        if (cell.length > longestCell) throw tooLong(`a cell is longer than ${longestCell} characters`);
        at = end;
      }
    }
    return lines;
  }

  return { push };
}

/** A comma, and the ends of a line. */
function isSpecial(code: number): boolean {
  return code === 44 || code === 10 || code === 13;
}

function tooLong(what: string): RunferryError {
  return new RunferryError("damaged", what, {
    hint: "a quote may be missing: deliver the run again into an empty folder",
    data: "nothing was changed",
  });
}
