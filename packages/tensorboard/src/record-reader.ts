import { maskedCrc } from "./crc.ts";
import { frameBytes, headerBytes } from "./record.ts";

/** Where a record stands in its file. The data are the bytes `from`..`to` of `bytes`, valid until the next push. */
export interface RawRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Bytes of a file that are no record. */
export interface DamagedBytes {
  readonly damage: string;
  readonly offset: number;
  readonly length: number;
}

/** Finds the records in bytes that arrive in pieces, and the next whole one behind damage. */
export interface RecordReader {
  push(bytes: Uint8Array): void;
  /** The next record or damage, or undefined until more bytes are pushed. */
  next(): RawRecord | DamagedBytes | undefined;
  /** Nothing more will be pushed: what is left is looked through for records. `next` then tells the rest. */
  end(): void;
  /** Bytes up to here are told. */
  readonly offset: number;
}

export interface RecordReaderOptions {
  /** A longer record is damage: nothing that TensorBoard can show is as long. Default: 512 MiB. */
  readonly maxRecordBytes?: number;
  /** Whether the checksum of the data is compared. Default: true. */
  readonly checksums?: boolean;
}

export function createRecordReader(options: RecordReaderOptions = {}): RecordReader {
  const { maxRecordBytes = 512 * 1024 * 1024, checksums = true } = options;
  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  let size = 0;
  let base = 0; // offset in the file of bytes[0]
  let at = 0;
  let damagedFrom = -1; // offset in the file where damage began, while its end is looked for
  let reason = "";
  let ended = false;

  function push(more: Uint8Array): void {
    const left = size - at;
    if (left + more.length > bytes.length || at > 0) {
      const room = left + more.length;
      const target = room <= bytes.length ? bytes : new Uint8Array(Math.max(room, left * 2));
      if (left > 0) target.set(bytes.subarray(at, size));
      if (target !== bytes) view = new DataView(target.buffer);
      bytes = target;
      base += at;
      at = 0;
      size = left;
    }
    bytes.set(more, size);
    size += more.length;
  }

  /** The length that a header at `position` tells, or -1 where there is no header. */
  function lengthAt(position: number): number {
    const high = view.getUint32(position + 4, true);
    const length = high * 0x1_0000_0000 + view.getUint32(position, true);
    if (length > maxRecordBytes) return -1;
    return view.getUint32(position + 8, true) === maskedCrc(bytes, position, position + 8) ? length : -1;
  }

  function dataMatches(position: number, length: number): boolean {
    const from = position + headerBytes;
    return view.getUint32(from + length, true) === maskedCrc(bytes, from, from + length);
  }

  function damageFrom(position: number, why: string): void {
    if (damagedFrom < 0) {
      damagedFrom = base + position;
      reason = why;
    }
  }

  function tellDamage(): DamagedBytes {
    const told = { damage: reason, offset: damagedFrom, length: base + at - damagedFrom };
    damagedFrom = -1;
    return told;
  }

  function next(): RawRecord | DamagedBytes | undefined {
    for (;;) {
      const left = size - at;
      if (left < headerBytes) return ended ? endOf(left) : undefined;
      const length = lengthAt(at);
      if (length < 0) {
        damageFrom(at, "no record starts here");
        at++;
        continue;
      }
      if (left < length + frameBytes) {
        if (!ended) return undefined;
        damageFrom(at, "the record is cut off");
        at++;
        continue;
      }
      if (checksums && !dataMatches(at, length)) {
        const behind = at + length + frameBytes;
        // Whether the length can be believed is told by what comes behind the record.
        if (size - behind < headerBytes && !(ended && size === behind) && !ended) return undefined;
        damageFrom(at, "the checksum of the record does not match");
        const believable = size === behind || (size - behind >= headerBytes && lengthAt(behind) >= 0);
        at = believable ? behind : at + 1;
        continue;
      }
      if (damagedFrom >= 0) return tellDamage();
      const offset = base + at;
      const from = at + headerBytes;
      at = from + length + 4;
      return { offset, bytes, from, to: from + length };
    }
  }

  function endOf(left: number): DamagedBytes | undefined {
    if (left > 0) damageFrom(at, "the record is cut off");
    at = size;
    return damagedFrom >= 0 ? tellDamage() : undefined;
  }

  return {
    push,
    next,
    end() {
      ended = true;
    },
    get offset() {
      return base + at;
    },
  };
}

export function isDamagedBytes(found: RawRecord | DamagedBytes): found is DamagedBytes {
  return "damage" in found;
}
