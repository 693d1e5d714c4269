import { open } from "node:fs/promises";
import { messageOf } from "@runferry/core";
import { createLogReader } from "./log-reader.ts";
import type { LogRecord } from "./messages.ts";
import { decodeRecord } from "./schema.ts";

/** One thing that stands in a .wandb file. */
export type Found = { readonly record: LogRecord; readonly offset: number } | Damage;

export interface Damage {
  readonly damage: string;
  readonly offset: number;
  readonly length: number;
  /** How many records are gone, as far as their numbers tell. */
  readonly count: number;
}

export type RecordKind = Exclude<keyof LogRecord, "num">;

/** The numbers of the fields, to pass over what is not asked for without decoding it. */
const numbers: { readonly [kind in RecordKind]: number } = {
  history: 2,
  summary: 3,
  output: 4,
  config: 5,
  files: 6,
  stats: 7,
  artifact: 8,
  alert: 10,
  telemetry: 11,
  metric: 12,
  outputRaw: 13,
  run: 17,
  exit: 18,
  header: 21,
  useArtifact: 25,
  environment: 26,
  outputLogger: 27,
};

/** The records of these kinds, and all damage, in the order of the file; a piece of the file at a time. */
export async function* readLogFile(path: string, kinds: readonly RecordKind[]): AsyncIterable<readonly Found[]> {
  const wanted = new Set(kinds.map((kind) => numbers[kind]));
  let found: Found[] = [];
  let lastNum = 0;
  let damaged: { damage: string; offset: number; length: number } | undefined;

  function tellDamage(nextNum: number): void {
    if (!damaged) return;
    found.push({ ...damaged, count: Math.max(1, nextNum - lastNum - 1) });
    damaged = undefined;
  }

  const reader = createLogReader({
    record(data, offset) {
      const { num, field } = peek(data);
      tellDamage(num);
      lastNum = num;
      if (!wanted.has(field)) return;
      try {
        found.push({ record: decodeRecord(data.slice()), offset });
      } catch (cause) {
        const damage = `the record is none of W&B's: ${messageOf(cause)}`;
        found.push({ damage, offset, length: data.length, count: 1 });
      }
    },
    damage(damage, offset, length) {
      tellDamage(0);
      damaged = { damage, offset, length };
    },
  });
  for await (const piece of piecesOf(path)) {
    reader.push(piece);
    if (found.length === 0) continue;
    yield found;
    found = [];
  }
  reader.end();
  tellDamage(0);
  if (found.length > 0) yield found;
}

const pieceBytes = 256 * 1024;
/** Buffers of readings that are done: most files are small, and there are many. */
const idle: Uint8Array[] = [];

/** The bytes of a file; each piece is valid until the next. */
async function* piecesOf(path: string): AsyncIterable<Uint8Array> {
  const file = await open(path);
  const buffer = idle.pop() ?? new Uint8Array(pieceBytes);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, pieceBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    idle.push(buffer);
    await file.close();
  }
}

/** The number of a record and of the field that says what it is. Every writer puts these two first, in some order. */
function peek(data: Uint8Array): { readonly num: number; readonly field: number } {
  let at = 0;
  function varint(): number {
    let value = 0;
    for (let scale = 1; at < data.length; scale *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  }
  let num = 0;
  let field = 0;
  while (at < data.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) {
      const value = varint();
      if (number === 1) num = value;
    } else if (type === 2) {
      const size = varint();
      if (number > 1 && number < 100 && !sideFields.has(number)) field = number;
      at += size;
    } else break;
  }
  return { num, field };
}

/** What stands beside the field that says what a record is: control, and its id. */
const sideFields: ReadonlySet<number> = new Set([16, 19]);
