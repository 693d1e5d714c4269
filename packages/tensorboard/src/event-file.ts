import { RunferryError } from "@runferry/core";
import { createByteBuffer } from "./byte-buffer.ts";
import type { EventMessage } from "./messages.ts";
import { addRecord } from "./record.ts";
import { createScalarLayer } from "./scalar-event.ts";
import { eventCodec } from "./schema.ts";

export interface EventFileOptions {
  /** Seconds since 1970 for the record that opens the file. Neither 0 nor later than the data: readers sort runs by it. */
  readonly wallTime: number;
  /** Gets whole records, many at a time. The bytes are its own to keep only during the call. */
  write(bytes: Uint8Array): void;
  /** Hands over once this many bytes have gathered. Default: 1 MiB. */
  readonly chunkBytes?: number;
}

export interface ScalarOptions {
  readonly wallTime: number;
  /** A safe integer. Default: 0. */
  readonly step?: number;
}

/** Writes one event file, wherever its bytes go: a file, a browser's storage, an upload. */
export interface EventFile {
  scalar(tag: string, value: number, options: ScalarOptions): void;
  /** All values in one event: half the bytes, and faster to read. */
  scalars(values: { readonly [tag: string]: number }, options: ScalarOptions): void;
  event(event: EventMessage): void;
  /** Hands over what has gathered. */
  flush(): void;
  /** Bytes so far, those not handed over included. */
  readonly size: number;
}

export function createEventFile(options: EventFileOptions): EventFile {
  const { chunkBytes = 1024 * 1024 } = options;
  const buffer = createByteBuffer(Math.min(chunkBytes, 1024 * 1024) + 4096);
  const layer = createScalarLayer();
  const oneTag = [""];
  const oneValue = [0];
  let handedOver = 0;

  function flush(): void {
    if (buffer.length === 0) return;
    options.write(buffer.bytes.subarray(0, buffer.length));
    handedOver += buffer.length;
    buffer.length = 0;
  }

  function scalars(tags: readonly string[], values: readonly number[], { wallTime, step = 0 }: ScalarOptions): void {
    checkTime(wallTime);
    if (!Number.isSafeInteger(step)) throw badEvent(`the step ${step} is no safe integer`);
    layer.add(buffer, wallTime, step, tags, values, tags.length);
    if (buffer.length >= chunkBytes) flush();
  }

  const file: EventFile = {
    scalar(tag, value, given) {
      oneTag[0] = tag;
      oneValue[0] = value;
      scalars(oneTag, oneValue, given);
    },
    scalars(values, given) {
      scalars(Object.keys(values), Object.values(values), given);
    },
    event(event) {
      checkTime(event.wallTime);
      addRecord(buffer, eventCodec.encode(event));
      if (buffer.length >= chunkBytes) flush();
    },
    flush,
    get size() {
      return handedOver + buffer.length;
    },
  };
  file.event({ wallTime: options.wallTime, fileVersion: "brain.Event:2" });
  return file;
}

/** One time that is no number makes TensorBoard drop the rest of the file. */
function checkTime(wallTime: number): void {
  if (!Number.isFinite(wallTime)) throw badEvent(`the time ${wallTime} is no time`);
}

function badEvent(what: string): RunferryError {
  return new RunferryError("bad_event", `an event file cannot hold this event: ${what}`, {
    hint: "give `wallTime` in seconds since 1970, and a whole number as step",
    data: "the event was not written; everything before it stands",
  });
}
