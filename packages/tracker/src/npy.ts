import { endianness } from "node:os";
import { isTypedArray } from "./numbers.ts";

export type NumpyType = "bool" | `${"" | "u"}int${8 | 16 | 32 | 64}` | "float32" | "float64";

type Element = number | bigint | boolean;
type Holder = { [i: number]: number | bigint } & ArrayLike<number | bigint> & ArrayBufferView;

/** `descr` as NumPy spells a dtype, and what holds its elements here. */
const types: {
  readonly [T in NumpyType]: { readonly descr: string; readonly holder: new (length: number) => Holder };
} = {
  bool: { descr: "|b1", holder: Uint8Array },
  int8: { descr: "|i1", holder: Int8Array },
  uint8: { descr: "|u1", holder: Uint8Array },
  int16: { descr: "<i2", holder: Int16Array },
  uint16: { descr: "<u2", holder: Uint16Array },
  int32: { descr: "<i4", holder: Int32Array },
  uint32: { descr: "<u4", holder: Uint32Array },
  int64: { descr: "<i8", holder: BigInt64Array },
  uint64: { descr: "<u8", holder: BigUint64Array },
  float32: { descr: "<f4", holder: Float32Array },
  float64: { descr: "<f8", holder: Float64Array },
};

/** A number, or lists of such, as deep as they are. */
export type NestedNumbers = Element | readonly NestedNumbers[] | (ArrayLike<number | bigint> & ArrayBufferView);

/** What holds its elements in one row, and says their shape: tensors and arrays of other libraries. */
export interface ShapedNumbers {
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly data?: ArrayLike<number | bigint>;
  dataSync?(): ArrayLike<number | bigint>;
}

export interface NumpyOptions {
  /** Default: that of a typed array; of lists bool or int64 where they hold nothing else, and float64. */
  readonly dtype?: NumpyType;
  /** Default: the elements of a typed array in one row, lists as they are nested. */
  readonly shape?: readonly number[];
}

interface Elements {
  readonly values: ArrayLike<Element>;
  readonly shape: readonly number[];
  readonly dtype: NumpyType;
}

const deepest = 32; // NumPy's own limit for long

/** Numbers as a file of NumPy's, version 1.0. Throws for what no dtype holds unchanged, but for float32's rounding. */
export function npyOf(given: NestedNumbers | ShapedNumbers, options: NumpyOptions = {}): Uint8Array {
  const { values, ...own } = elementsOf(given);
  const dtype = options.dtype ?? own.dtype;
  if (!Object.hasOwn(types, dtype)) throw new TypeError(`there is no dtype ${dtype}; use ${Object.keys(types).join()}`);
  const shape = options.shape ?? own.shape;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== values.length || !shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw new TypeError(`the shape (${shape.join(", ")}) does not hold ${values.length} elements`);
  }
  if (endianness() === "BE") throw new TypeError("this machine is big-endian, which is not written yet");
  const held = own.dtype === dtype && isTypedArray(values) ? values : converted(values, dtype);
  const bytes = new Uint8Array(held.buffer, held.byteOffset, held.byteLength);
  return Buffer.concat([headerOf(types[dtype].descr, shape), bytes]);
}

/** Magic, version, length, and a Python literal, filled up so that the elements begin at a multiple of 64. */
function headerOf(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const literal = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + literal.length + 1) / 64) * 64 - 10;
  const head = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, length & 255, length >> 8]);
  return Buffer.concat([head, Buffer.from(`${literal.padEnd(length - 1)}\n`, "latin1")]);
}

function elementsOf(given: NestedNumbers | ShapedNumbers): Elements {
  if (isTypedArray(given)) return { values: given, shape: [given.length], dtype: typeOfArray(given) };
  if (Array.isArray(given) || typeof given !== "object" || given === null) return nested(given as NestedNumbers);
  const { shape, dtype, data } = given as ShapedNumbers;
  if ("stride" in given || "strides" in given) throw new TypeError("it has strides: give its elements in one row");
  const values = "dataSync" in given ? given.dataSync?.() : data;
  if (!Array.isArray(shape) || !isTypedArray(values)) throw new TypeError("it is no list, typed array or tensor");
  return { values, shape, dtype: dtype === "bool" ? "bool" : typeOfArray(values) };
}

function typeOfArray(array: ArrayBufferView): NumpyType {
  if (array instanceof Uint8ClampedArray) return "uint8";
  const found = Object.entries(types).find(([name, { holder }]) => name !== "bool" && array instanceof holder);
  if (found) return found[0] as NumpyType;
  throw new TypeError(`no dtype is known for a ${array.constructor.name}`);
}

function nested(given: NestedNumbers): Elements {
  const shape: number[] = [];
  for (let first: NestedNumbers | undefined = given; isList(first); first = first[0]) {
    if (shape.length === deepest) throw new TypeError(`lists are nested more than ${deepest} deep`);
    shape.push(first.length);
  }
  const values: Element[] = [];
  const dtypes = new Set<NumpyType>();
  walk(given, 0);
  const [only] = dtypes;
  return { values, shape, dtype: dtypes.size === 1 && only ? only : "float64" };

  function walk(value: NestedNumbers, depth: number): void {
    if (isList(value) ? value.length !== shape[depth] : depth !== shape.length) {
      throw new TypeError("its lists are not all of one length");
    }
    if (isTypedArray(value)) {
      dtypes.add(typeOfArray(value));
      for (let i = 0; i < value.length; i++) values.push(value[i]!);
    } else if (isList(value)) {
      for (let i = 0; i < value.length; i++) walk(value[i] as NestedNumbers, depth + 1);
    } else {
      values.push(value);
      dtypes.add(typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float64");
    }
  }
}

function isList(value: NestedNumbers | undefined): value is Exclude<NestedNumbers, Element> {
  return Array.isArray(value) || isTypedArray(value);
}

/** The elements in a dtype. One that would become another number is an error; float32 may round. */
function converted(values: ArrayLike<Element>, dtype: NumpyType): Holder {
  const held = new types[dtype].holder(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
      throw new TypeError(`element ${i} is ${value === null ? "null" : typeof value} and no number`);
    }
    held[i] = dtype === "int64" || dtype === "uint64" ? BigInt(value) : Number(value);
    if (!isKept(value, held[i]!, dtype))
      throw new TypeError(`element ${i} is ${String(value)}, which ${dtype} does not hold`);
  }
  return held;
}

function isKept(value: Element, held: number | bigint, dtype: NumpyType): boolean {
  if (dtype === "bool") return held === 0 || held === 1;
  if (dtype === "float32") return Number.isFinite(Number(value)) === Number.isFinite(held);
  if (typeof value === "bigint") return BigInt(held) === value;
  return Object.is(Number(held), Number(value)) || Number(held) === Number(value);
}
