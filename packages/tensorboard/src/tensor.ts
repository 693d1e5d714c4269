import type { Tensor } from "./messages.ts";

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { ignoreBOM: true });

/** A tensor of numbers, row by row. */
export function numberTensor(shape: readonly number[], values: readonly number[], bits: 32 | 64 = 64): Tensor {
  const content = new DataView(new ArrayBuffer((values.length * bits) / 8));
  values.forEach((value, i) => {
    if (bits === 64) content.setFloat64(i * 8, value, true);
    else content.setFloat32(i * 4, value, true);
  });
  const tensorContent = new Uint8Array(content.buffer);
  return { dtype: bits === 64 ? 2 : 1, tensorShape: shapeOf(shape), ...(values.length > 0 ? { tensorContent } : {}) };
}

/** A tensor of texts or bytes; without a shape it is a single one. */
export function stringTensor(values: readonly (string | Uint8Array)[], shape: readonly number[] = []): Tensor {
  const stringVal = values.map((value) => (typeof value === "string" ? encoder.encode(value) : value));
  return { dtype: 7, tensorShape: shapeOf(shape), stringVal };
}

/** What plugins that only need their metadata write: no numbers at all. */
export const nullTensor: Tensor = { dtype: 1, tensorShape: { dim: [{}] } };

/** A size of 0 is an empty message. */
function shapeOf(shape: readonly number[]): NonNullable<Tensor["tensorShape"]> {
  return shape.length === 0 ? {} : { dim: shape.map((size) => (size === 0 ? {} : { size })) };
}

/** The lengths of the sides; a scalar has none. */
export function sidesOf(tensor: Tensor): readonly number[] {
  return (tensor.tensorShape?.dim ?? []).map(({ size = 0 }) => size);
}

export function stringsOf(tensor: Tensor): readonly string[] {
  return (tensor.stringVal ?? []).map((bytes) => textOf(bytes));
}

export function textOf(bytes: Uint8Array): string {
  return strict.decode(bytes);
}

type Reading = readonly [bytes: number, read: (view: DataView, at: number) => number];

const readings: { readonly [dtype: number]: Reading } = {
  1: [4, (view, at) => view.getFloat32(at, true)],
  2: [8, (view, at) => view.getFloat64(at, true)],
  3: [4, (view, at) => view.getInt32(at, true)],
  4: [1, (view, at) => view.getUint8(at)],
  5: [2, (view, at) => view.getInt16(at, true)],
  6: [1, (view, at) => view.getInt8(at)],
  9: [8, (view, at) => Number(view.getBigInt64(at, true))],
  10: [1, (view, at) => view.getUint8(at)],
  14: [2, (view, at) => brainFloat(view.getUint16(at, true))],
  17: [2, (view, at) => view.getUint16(at, true)],
  19: [2, (view, at) => halfFloat(view.getUint16(at, true))],
  22: [4, (view, at) => view.getUint32(at, true)],
  23: [8, (view, at) => Number(view.getBigUint64(at, true))],
};

/** The numbers of a tensor as numpy would read them, or undefined where it holds none or too few for its shape. */
export function numbersOf(tensor: Tensor): readonly number[] | undefined {
  const count = sidesOf(tensor).reduce((product, side) => product * side, 1);
  const content = tensor.tensorContent;
  const reading = readings[tensor.dtype ?? 0];
  if (!reading) return undefined;
  if (content && content.length > 0) {
    const [bytes, read] = reading;
    if (content.length !== count * bytes) return undefined;
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    return Array.from({ length: count }, (_, i) => read(view, i * bytes));
  }
  const listed = listedValues(tensor);
  if (listed.length === count) return listed;
  // A single value stands for all. Bounded, as a shape is easily forged.
  return listed.length === 1 && count <= 1_000_000 ? new Array<number>(count).fill(listed[0]!) : undefined;
}

function listedValues(tensor: Tensor): readonly number[] {
  const halves = tensor.halfVal?.map(tensor.dtype === 14 ? brainFloat : halfFloat);
  const booleans = tensor.boolVal?.map(Number);
  const { floatVal, doubleVal, intVal, int64Val, uint32Val, uint64Val } = tensor;
  return floatVal ?? doubleVal ?? intVal ?? int64Val ?? uint32Val ?? uint64Val ?? booleans ?? halves ?? [];
}

const scratch = new DataView(new ArrayBuffer(4));

function brainFloat(bits: number): number {
  scratch.setUint32(0, (bits & 0xffff) << 16);
  return scratch.getFloat32(0);
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
