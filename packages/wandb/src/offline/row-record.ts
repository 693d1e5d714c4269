import type { Row } from "../mapping/index.ts";

/** Lays rows as history records. There may be a million of them, so this goes past the schema. */
export interface RowLayer {
  /** The record; valid until the next call. */
  lay(num: number, row: Row): Uint8Array;
}

// Tags of the fields: number * 8, and 2 for what tells its length.
const recordNum = 0x08;
const recordHistory = 0x12;
const historyItem = 0x0a;
const historyStep = 0x12;
const itemKey = 0x0a;
const itemValue = [0x82, 0x01] as const; // 16: two bytes
const stepNum = 0x08;

export function createRowLayer(): RowLayer {
  const keys = new Map<string, Uint8Array>();
  let bytes = new Uint8Array(4096);
  let length = 0;

  /** The key as a field, and the tag of the value. */
  function keyOf(column: string): Uint8Array {
    let key = keys.get(column);
    if (!key) {
      const text = Buffer.from(column);
      const size = varintBytes(text.length);
      key = new Uint8Array(1 + size + text.length + itemValue.length);
      key[0] = itemKey;
      putVarint(key, 1, text.length);
      key.set(text, 1 + size);
      key.set(itemValue, 1 + size + text.length);
      if (keys.size >= 10_000) keys.clear();
      keys.set(column, key);
    }
    return key;
  }

  function add(byte: number, size: number): void {
    bytes[length++] = byte;
    length = putVarint(bytes, length, size);
  }

  function lay(num: number, { columns, values }: Row): Uint8Array {
    let step = 0;
    let items = 0;
    for (let i = 0; i < columns.length; i++) {
      items += 1 + sized(itemBytes(keyOf(columns[i]!), values[i]!));
      if (columns[i] === "_step") step = Number(values[i]);
    }
    const stepBytes = step === 0 ? 0 : 1 + varintBytes(step);
    const history = items + 1 + sized(stepBytes);
    if (bytes.length < history + 32) bytes = new Uint8Array(history * 2);
    length = 0;
    add(recordNum, num);
    add(recordHistory, history);
    for (let i = 0; i < columns.length; i++) addItem(keyOf(columns[i]!), values[i]!);
    add(historyStep, stepBytes);
    if (step !== 0) add(stepNum, step);
    return bytes.subarray(0, length);
  }

  function addItem(key: Uint8Array, value: string): void {
    add(historyItem, itemBytes(key, value));
    if (key.length < 64) for (let i = 0; i < key.length; i++) bytes[length++] = key[i]!;
    else {
      bytes.set(key, length);
      length += key.length;
    }
    if (value.length < 64 && addAscii(value)) return;
    const size = Buffer.byteLength(value);
    length = putVarint(bytes, length, size);
    Buffer.from(bytes.buffer, bytes.byteOffset + length, size).write(value);
    length += size;
  }

  /** False, with nothing added, where it is no ASCII. */
  function addAscii(value: string): boolean {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      bytes[length + 1 + i] = code;
    }
    bytes[length] = value.length;
    length += 1 + value.length;
    return true;
  }

  return { lay };
}

function itemBytes(key: Uint8Array, value: string): number {
  return key.length + sized(Buffer.byteLength(value));
}

/** So many bytes and their length before them. */
function sized(size: number): number {
  return size + varintBytes(size);
}

function varintBytes(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Returns where it ends. */
function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at++] = rest;
  return at;
}
