import { constants } from "node:fs";
import { join } from "node:path";
import { csvLine, isRunferryError, messageOf, RunferryError } from "@runferry/core";
import { cellOf, cellText } from "./csv-cells.ts";
import { createCsvReader, type Line } from "./csv-reader.ts";
import { gone, isMissing, namesIn, openFile, removeFile, writeAll } from "./files.ts";
import type { Format, Put, ReadRows } from "./formats.ts";
import { streamOfLabel } from "./partition.ts";
import type { Cell, Column, Rows } from "./tables.ts";

const ending = ".csv";
const rowsAtOnce = 4096;

/** One file for each stream and table. What to remember is its length. */
export const csvFormat: Format = {
  kind: "csv",
  put,
  async labels(folder) {
    const labels = (await namesIn(folder, "files"))
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length));
    return labels.filter((label) => streamOfLabel(label) !== undefined);
  },
  read: ({ folder, label, columns }) => readFile(join(folder, label + ending), columns),
  bytesOf: (rows) => bytesOf(rows, true),
  readFile,
};

async function put({ folder, label, rows, memo, effects }: Put): Promise<number | undefined> {
  const path = join(folder, label + ending);
  const offset = memo ?? 0;
  const file = await openFile(path, constants.O_RDWR | (offset === 0 && rows ? constants.O_CREAT : 0)).catch(
    (cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    },
  );
  if (!file) {
    if (offset > 0) throw gone(path, `is not there any more; ${offset} bytes had been written`);
    return memo;
  }
  let end = offset;
  try {
    const { size } = await file.stat();
    if (size < offset) throw gone(path, `has only ${size} bytes left; ${offset} had been written`);
    if (size > offset) {
      effects.point("cut tail"); // a torn line, or one whose acceptance was never saved
      await file.truncate(offset);
    }
    for (const bytes of rows ? bytesOf(rows, offset === 0) : []) {
      effects.point("append");
      await writeAll(file, bytes, end);
      end += bytes.length;
    }
  } finally {
    await file.close();
  }
  if (end > 0) return end;
  await removeFile(path, effects);
  return undefined;
}

/** The lines, many at a time; the first with the names of the columns where the file begins with it. */
function* bytesOf({ columns, constants: same, data, length }: Rows, isFirst: boolean): IterableIterator<Uint8Array> {
  const start = same.map((cell, i) => `${cellText(cell, columns[i]!.type)},`).join("");
  const types = columns.slice(same.length).map(({ type }) => type);
  let text = isFirst ? `${csvLine(columns.map(({ name }) => name))}\n` : "";
  for (let row = 0; row < length; row++) {
    text += start;
    for (let i = 0; i < types.length; i++) {
      if (i > 0) text += ",";
      text += cellText(data[i]![row]!, types[i]!);
    }
    text += "\n";
    if (row % rowsAtOnce === rowsAtOnce - 1) {
      yield Buffer.from(text);
      text = "";
    }
  }
  if (text !== "") yield Buffer.from(text);
}

async function* readFile(path: string, columns: readonly Column[]): AsyncIterable<ReadRows> {
  const file = await openFile(path, constants.O_RDONLY);
  try {
    const reader = createCsvReader();
    const decoder = new TextDecoder(); // takes a byte order mark away
    let names: Line | undefined;
    let seen = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
      const where = (line: number) => `${path}, line ${seen + line + 1}`;
      const lines = explaining(
        () => reader.push(decoder.decode(chunk as Uint8Array, { stream: true })),
        () => where(0),
      );
      const body = names ? lines : lines.slice(1);
      names ??= lines[0];
      if (names && body.length > 0)
        yield rowsOf(body, names, columns, path, (i) => where(i + lines.length - body.length));
      seen += lines.length;
    }
  } finally {
    await file.close();
  }
}

function rowsOf(
  lines: readonly Line[],
  names: Line,
  columns: readonly Column[],
  path: string,
  where: (i: number) => string,
): ReadRows {
  const read: { [name: string]: Cell[] } = {};
  for (const { name, type } of columns) {
    const at = names.indexOf(name);
    if (at < 0) continue;
    read[name] = lines.map((line, i) =>
      explaining(
        () => {
          if (line.length === names.length) return cellOf(line[at]!, type);
          throw damaged(`there are ${line.length} cells; its header has ${names.length}`);
        },
        () => where(i),
      ),
    );
  }
  return { columns: read, length: lines.length, where: path };
}

function explaining<T>(work: () => T, where: () => string): T {
  try {
    return work();
  } catch (cause) {
    if (isRunferryError(cause, "damaged")) throw damaged(`${where()}: ${messageOf(cause)}`);
    throw cause;
  }
}

function damaged(message: string): RunferryError {
  return new RunferryError("damaged", message, {
    hint: "deliver the run again into an empty folder",
    data: "nothing was changed",
  });
}
