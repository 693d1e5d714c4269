import { badValue, type Numbers, type Values, valuesOf } from "./values.ts";

/** The order of the sides of a picture: height, width, channels, and N for several. */
export type PictureSides = "CHW" | "HWC" | "HW" | "WH" | "NCHW" | "NHWC";

/** Bytes row by row, 3 a pixel, or 4 with alpha. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly bytes: Uint8Array;
}

/** As many pictures in a row of several as PyTorch and tensorboardX place there. */
const mostColumns = 8;

/** The picture of numbers: whole ones of a typed array from 0 to 255, all others from 0 to 1. Several become a grid. */
export function pictureOf(what: string, given: Numbers, sides: PictureSides): Picture {
  const { shape, data } = valuesOf(what, given);
  if (sides.length !== shape.length || new Set(sides).size !== sides.length || /[^NCHW]/.test(sides)) {
    throw badValue(
      `${what} has the sides ${shape.join(" × ")}, not ${sides}`,
      "name them, e.g. { dataformats: 'HWC' }",
    );
  }
  const sideOf = (letter: string) => shape[sides.indexOf(letter)] ?? 1;
  const [count, layers, high, wide] = ["N", "C", "H", "W"].map(sideOf) as [number, number, number, number];
  if (![1, 3, 4].includes(layers)) throw badValue(`${what} has ${layers} channels`, "give 1, 3 or 4");
  if (count * high * wide === 0) throw badValue(`${what} has no pixels`);
  const columns = Math.min(count, mostColumns);
  const channels = layers === 4 ? 4 : 3;
  const width = wide * columns;
  const height = high * Math.ceil(count / columns);
  const bytes = new Uint8Array(width * height * channels);
  const at = placeIn(shape, sides);
  const byte = byteOf(data);
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * wide;
    const top = Math.floor(n / columns) * high;
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const pixel = ((top + y) * width + left + x) * channels;
        for (let c = 0; c < channels; c++) bytes[pixel + c] = byte(at(n, layers === 1 ? 0 : c, y, x));
      }
    }
  }
  return { width, height, channels, bytes };
}

function placeIn(shape: Values["shape"], sides: string): (n: number, c: number, y: number, x: number) => number {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, side) => product * side, 1));
  const [n, c, h, w] = ["N", "C", "H", "W"].map((letter) => strides[sides.indexOf(letter)] ?? 0);
  return (image, channel, y, x) => image * n! + channel * c! + y * h! + x * w!;
}

/** In the precision of what was given, so that the last bit is that of numpy. */
function byteOf(data: ArrayLike<number>): (i: number) => number {
  const isWhole = ArrayBuffer.isView(data) && !(data instanceof Float32Array || data instanceof Float64Array);
  const scale =
    data instanceof Float32Array ? (value: number) => Math.fround(value * 255) : (value: number) => value * 255;
  return (i) => {
    const value = isWhole ? data[i]! : scale(data[i]!);
    return value >= 255 ? 255 : value > 0 ? Math.trunc(value) : 0; // NaN is black
  };
}
