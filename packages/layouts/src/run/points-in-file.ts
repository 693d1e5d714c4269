import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { RunferryError } from "@runferry/core";
import { createPartReader, type Part } from "../json/part-reader.ts";
import { createColumns, type ImportedPoint, type SortedPoints } from "./points.ts";

/** Points of one metric that stay in their file; what is held is where they begin. */
export interface PointsInFile extends SortedPoints {
  /** A list of them begins with this part. */
  begin(part: Part): void;
  /** One of them was read. */
  add(point: ImportedPoint): void;
}

export interface LargeFile {
  readonly path: string;
  readonly looks: Pick<Stats, "ino" | "size" | "mtimeMs">;
  /** How much of it is read at a time for each of its metrics. */
  pieceBytes(): number;
}

const mostPiece = 256 * 1024;
const leastPiece = 4 * 1024;
const allPieces = 8 * 1024 * 1024;

/** The file as it is now. All its metrics are read side by side, so that each gets a part of the memory. */
export function largeFile(path: string, metrics: () => number): LargeFile {
  const { ino, size, mtimeMs } = statSync(path);
  return {
    path,
    looks: { ino, size, mtimeMs },
    pieceBytes: () => Math.max(leastPiece, Math.min(mostPiece, Math.floor(allPieces / metrics()))),
  };
}

/** Those in the order of their time are read again when they are asked for; others have to be held then. */
export function createPointsInFile(
  name: string,
  file: LargeFile,
  pointIn: (part: Part) => ImportedPoint | undefined,
): PointsInFile {
  const lists: number[] = [];
  let isSorted = true;
  let last = Number.NEGATIVE_INFINITY;

  function* all(): IterableIterator<ImportedPoint> {
    for (const offset of lists) {
      const within = [
        { list: false, key: name },
        { list: true, key: 0 },
      ];
      const reader = createPartReader({ depth: 2, within });
      for (const piece of piecesFrom(file, offset)) {
        for (const part of reader.push(piece)) {
          const point = pointIn(part);
          if (point) yield point;
        }
        if (reader.isOver) break;
      }
    }
  }

  return {
    begin: ({ offset }) => lists.push(offset),
    add({ at }) {
      if (at < last) isSorted = false;
      if (at > last) last = at;
    },
    sorted() {
      if (isSorted) return all();
      const columns = createColumns();
      for (const { step, at, value } of all()) columns.add(step, at, value);
      return columns.sorted();
    },
  };
}

/** It is open only while a piece is read: a run may have more metrics than a process may have files open. */
function* piecesFrom(file: LargeFile, from: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(file.pieceBytes());
  for (let at = from; ; ) {
    const bytes = readPiece(file, buffer, at);
    if (bytes === 0) return;
    at += bytes;
    yield buffer.subarray(0, bytes);
  }
}

function readPiece({ path, looks }: LargeFile, buffer: Uint8Array, at: number): number {
  const file = openSync(path, "r");
  try {
    const { ino, size, mtimeMs } = fstatSync(file);
    if (ino !== looks.ino || size !== looks.size || mtimeMs !== looks.mtimeMs) throw changed(path);
    return readSync(file, buffer, 0, buffer.length, at);
  } finally {
    closeSync(file);
  }
}

function changed(path: string): RunferryError {
  return new RunferryError("damaged", `${path} was written while it was read`, {
    hint: "do the same again once nothing writes to it",
    data: "what was read before is kept; the next reading adds what is missing",
  });
}
