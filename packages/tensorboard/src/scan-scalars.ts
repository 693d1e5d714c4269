import type { RawRecord } from "./record-reader.ts";

/** An event that holds nothing but plain scalars, by far the most frequent one. Reused: read it at once. */
export interface ScannedScalars {
  wallTime: number;
  step: number;
  count: number;
  readonly tags: string[];
  readonly values: number[];
}

/** Reads such an event by hand; false for every other one, which the schema then decodes. */
export interface ScalarScanner {
  scan(record: RawRecord): boolean;
  readonly found: ScannedScalars;
}

const maxTags = 10_000;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function createScalarScanner(): ScalarScanner {
  const found: ScannedScalars = { wallTime: 0, step: 0, count: 0, tags: [], values: [] };
  const known = new Map<number, { readonly bytes: Uint8Array; readonly tag: string }[]>();
  let knownTags = 0;
  let viewed: Uint8Array | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));

  /** Tags repeat, so most need no decoding: they are found by a hash of their bytes. */
  function tagAt(bytes: Uint8Array, from: number, to: number): string {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const bucket = known.get(hash);
    if (bucket) for (const entry of bucket) if (sameBytes(entry.bytes, bytes, from, to)) return entry.tag;
    const tag = decoder.decode(bytes.subarray(from, to));
    if (knownTags < maxTags) {
      knownTags++;
      const entry = { bytes: bytes.slice(from, to), tag };
      if (bucket) bucket.push(entry);
      else known.set(hash, [entry]);
    }
    return tag;
  }

  function scan({ bytes, from, to }: RawRecord): boolean {
    if (viewed !== bytes) {
      viewed = bytes;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    let at = from;
    if (to - at < 11 || bytes[at] !== 0x09) return false;
    found.wallTime = view.getFloat64(at + 1, true);
    at += 9;
    found.step = 0;
    if (bytes[at] === 0x10) {
      let step = 0;
      let scale = 1;
      do {
        at++;
        if (at >= to || scale > 0x1_0000_0000_0000) return false; // longer ones are rare: the schema reads them
        step += (bytes[at]! & 127) * scale;
        scale *= 128;
      } while (bytes[at]! > 127);
      at++;
      found.step = step;
    }
    if (bytes[at] !== 0x2a) return false;
    let length = bytes[++at]!;
    at++;
    if (length > 127) {
      length = (length & 127) | (bytes[at]! << 7);
      if (bytes[at++]! > 127) {
        length = (length & 16_383) | (bytes[at]! << 14);
        if (bytes[at++]! > 127) return false;
      }
    }
    return at + length === to && scanValues(bytes, at, to);
  }

  function scanValues(bytes: Uint8Array, start: number, to: number): boolean {
    let at = start;
    let count = 0;
    while (at < to) {
      if (to - at < 9 || bytes[at] !== 0x0a || bytes[at + 2] !== 0x0a) return false;
      const length = bytes[at + 1]!;
      const tagLength = bytes[at + 3]!;
      // A tag of more than 120 bytes has longer lengths: the schema reads it.
      if (length > 127 || tagLength > 127 || length !== tagLength + 7) return false;
      const tagFrom = at + 4;
      const number = tagFrom + tagLength;
      if (number + 5 > to || bytes[number] !== 0x15) return false;
      found.tags[count] = tagAt(bytes, tagFrom, number);
      found.values[count++] = view.getFloat32(number + 1, true);
      at = number + 5;
    }
    found.count = count;
    return count > 0;
  }

  return { scan, found };
}

function sameBytes(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}
