import { constants } from "node:fs";
import { crc32, messageOf, RunferryError } from "@runferry/core";
import { type DecodedArray, parquetScan, type SchemaElement } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { openFile } from "./files.ts";
import type { ReadRows } from "./formats.ts";
import type { Cell, Column, ColumnType, Rows } from "./tables.ts";

const rowsInGroup = 32_768;

const elements: { readonly [K in ColumnType]: Omit<SchemaElement, "name"> } = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  integer: { type: "INT64" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  time: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" } },
};

/** A Parquet file with these rows. */
export function parquetBytes({ columns, constants: same, data, length }: Rows): Uint8Array {
  const schema = columns.map(
    ({ name, type, isRequired }): SchemaElement => ({
      name,
      ...elements[type],
      repetition_type: isRequired ? "REQUIRED" : "OPTIONAL",
    }),
  );
  const columnData = columns.map(({ name, type }, i): ColumnSource => {
    const cells = i < same.length ? new Array<Cell>(length).fill(same[i]!) : data[i - same.length]!;
    const isWhole = type === "integer" || type === "time";
    const source = { name, data: isWhole ? bigs(cells) : (cells as unknown[]), statistics: i >= same.length };
    return type === "double" ? { ...source, encoding: "PLAIN" } : source; // in a dictionary, 0 and -0 would be one
  });
  const root: SchemaElement = { name: "root", num_children: columns.length };
  return new Uint8Array(
    parquetWriteBuffer({ columnData, schema: [root, ...schema], rowGroupSize: rowsInGroup, createdBy: "runferry" }),
  );
}

function bigs(cells: readonly Cell[]): (bigint | null)[] {
  return cells.map((cell) => (cell === null ? null : BigInt(cell as number)));
}

/** What begins with a byte order mark keeps it. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const parsers = {
  timestampFromMicroseconds: Number,
  stringFromBytes: (bytes: Uint8Array) => utf8.decode(bytes),
};

/** Parts are small; what is not is none. */
const mostBytes = 256 * 1024 * 1024;

/** The rows of a file, as many at a time as it has in a group. One with another checksum is not even decoded. */
export async function* readParquet(
  path: string,
  columns: readonly Column[],
  checksum?: number,
): AsyncIterable<ReadRows> {
  const file = await openFile(path, constants.O_RDONLY);
  try {
    const { size } = await file.stat();
    if (size > mostBytes) throw damaged(path, `it has ${size} bytes, more than any part`);
    const bytes = await file.readFile();
    // A decoder may go round in circles in a file that was changed.
    if (checksum !== undefined && crc32(bytes) !== checksum)
      throw damaged(path, "its checksum is not that of its name");
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const scan = await explaining(path, () => parquetScan({ file: buffer, parsers }));
    const there = new Set(scan.metadata.schema.map(({ name }) => name));
    for (const range of scan.ranges) {
      const read: { [name: string]: readonly Cell[] } = {};
      for (const { name, type } of columns) {
        if (!there.has(name)) continue;
        read[name] = await explaining(path, async () =>
          cellsOf(await scan.readColumn({ ...range, column: name }), type),
        );
      }
      yield { columns: read, length: range.rowEnd - range.rowStart, where: path };
    }
  } finally {
    await file.close();
  }
}

const typeNames: { readonly [K in ColumnType]: string } = {
  text: "string",
  integer: "number",
  double: "number",
  boolean: "boolean",
  time: "number",
};

function cellsOf(values: DecodedArray, type: ColumnType): readonly Cell[] {
  const cells = new Array<Cell>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as unknown;
    const cell = typeof value === "bigint" ? Number(value) : (value ?? null);
    if (cell !== null && typeof cell !== typeNames[type]) throw new Error(`a ${type} is stored as ${typeof cell}`);
    cells[i] = cell as Cell;
  }
  return cells;
}

async function explaining<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw damaged(path, messageOf(cause));
  }
}

function damaged(path: string, what: string): RunferryError {
  return new RunferryError("damaged", `${path}: ${what}`, {
    hint: "put it back from a copy, or remove it and deliver the run again from its start",
    data: "nothing was changed",
  });
}
