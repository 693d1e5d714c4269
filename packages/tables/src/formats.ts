import type { Cell, Column, Rows } from "./tables.ts";

/** What a backend needs of the file system, so that a test can stand before every side effect. */
export interface SideEffects {
  point(label: string): void;
}

export const noEffects: SideEffects = { point: () => undefined };

/** Where the rows of one stream are in one table. */
export interface StreamPlace {
  /** A folder: that of a run in a table. */
  readonly folder: string;
  /** What the files of the stream are called. */
  readonly label: string;
  readonly columns: readonly Column[];
}

export interface Put extends StreamPlace {
  /** The cells of the first columns, which are the same in every row. */
  readonly constants: readonly Cell[];
  /** Undefined where the batch has none for this table. */
  readonly rows: Rows | undefined;
  /** The last event that is known to be here, and the first and last of the batch. */
  readonly after: number;
  readonly first: number;
  readonly last: number;
  /** Whether nothing is expected to follow. */
  readonly isEnd: boolean;
  /** What the last `put` of this stream and table gave. */
  readonly memo: number | undefined;
  readonly effects: SideEffects;
}

/** Rows by the names of their columns; those of columns that are not there are undefined. */
export interface ReadRows {
  readonly columns: { readonly [name: string]: readonly Cell[] };
  readonly length: number;
  /** Where they are, for messages. */
  readonly where: string;
}

/** A kind of file that tables are kept in. */
export interface Format {
  readonly kind: "csv" | "parquet";
  /**
   * Leaves the rows of the stream up to `after` as they are, those of the batch behind them, and nothing else. Gives what
   * to remember; nothing where there is no row yet. Throws `gone` where rows that were there are not any more.
   */
  put(write: Put): Promise<number | undefined>;
  /** The labels of the streams in a folder of a run. */
  labels(folder: string): Promise<readonly string[]>;
  /** The rows of a stream in order. */
  read(place: StreamPlace): AsyncIterable<ReadRows>;
  /** A file with just these rows, piece by piece, and the rows of one file. */
  bytesOf(rows: Rows): Iterable<Uint8Array>;
  readFile(path: string, columns: readonly Column[]): AsyncIterable<ReadRows>;
}
