import { messageOf } from "@runferry/core";
import type { EventMessage } from "./messages.ts";
import { createRecordReader, isDamagedBytes, type RawRecord, type RecordReaderOptions } from "./record-reader.ts";
import { createScalarScanner, type ScannedScalars } from "./scan-scalars.ts";
import { eventCodec } from "./schema.ts";

/** What stands in an event file, in its order. */
export interface EventVisitor {
  /** An event that holds plain scalars and nothing else. The object is reused: take what you need at once. */
  scalars(scalars: ScannedScalars, offset: number): void;
  event(event: EventMessage, offset: number): void;
  /** Bytes that hold no event that can be believed. Reading goes on behind them. */
  damage(reason: string, offset: number, length: number): void;
}

/** Reads an event file piece by piece, as fast as its bytes come. */
export interface EventReader {
  push(bytes: Uint8Array): void;
  /** Nothing more will come. */
  end(): void;
  /** Bytes up to here are told; a record that is not complete yet begins here. */
  readonly offset: number;
}

export function createEventReader(visitor: EventVisitor, options: RecordReaderOptions = {}): EventReader {
  const records = createRecordReader(options);
  const scanner = createScalarScanner();

  function tell(): void {
    for (let found = records.next(); found; found = records.next()) {
      if (isDamagedBytes(found)) visitor.damage(found.damage, found.offset, found.length);
      else if (scanner.scan(found)) visitor.scalars(scanner.found, found.offset);
      else decode(found);
    }
  }

  function decode(record: RawRecord): void {
    let event: EventMessage;
    try {
      // A copy: the bytes of images and texts are views into it, and the reader's own buffer is reused.
      event = eventCodec.decode(record.bytes.slice(record.from, record.to));
    } catch (cause) {
      visitor.damage(`the record is no event: ${messageOf(cause)}`, record.offset, record.to - record.from + 16);
      return;
    }
    visitor.event({ ...event, wallTime: event.wallTime ?? 0 }, record.offset);
  }

  return {
    push(bytes) {
      records.push(bytes);
      tell();
    },
    end() {
      records.end();
      tell();
    },
    get offset() {
      return records.offset;
    },
  };
}

/** One thing that stands in an event file. */
export type Found =
  | { readonly event: EventMessage; readonly offset: number }
  | { readonly damage: string; readonly offset: number; readonly length: number };

/** Everything in an event file, one after the other, in memory for one piece of it. */
export async function* readEventFile(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: RecordReaderOptions = {},
): AsyncIterable<Found> {
  let found: Found[] = [];
  const visitor: EventVisitor = {
    scalars: ({ wallTime, step, count, tags, values }, offset) => {
      const value = Array.from({ length: count }, (_, i) => ({ tag: tags[i]!, simpleValue: values[i]! }));
      found.push({ event: { wallTime, ...(step === 0 ? {} : { step }), summary: { value } }, offset });
    },
    event: (event, offset) => found.push({ event, offset }),
    damage: (damage, offset, length) => found.push({ damage, offset, length }),
  };
  const reader = createEventReader(visitor, options);
  for await (const piece of pieces) {
    reader.push(piece);
    const told = found;
    found = [];
    yield* told;
  }
  reader.end();
  yield* found;
}
