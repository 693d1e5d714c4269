import { closeSync, openSync, writeFileSync } from "node:fs";

const pieceLength = 64 * 1024;

/** Writes a text that is never held whole: a report has as many lines as there are runs. */
export function writePieces(path: string, pieces: Iterable<string>): void {
  const file = openSync(path, "w");
  try {
    let text = "";
    for (const piece of pieces) {
      text += piece;
      if (text.length < pieceLength) continue;
      writeFileSync(file, text);
      text = "";
    }
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}
