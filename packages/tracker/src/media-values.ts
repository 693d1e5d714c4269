import { numbersOf, type TensorLike } from "./numbers.ts";

/** Bytes, or the path of a file that holds them. */
export type Bytes = Uint8Array | string;

const brand: unique symbol = Symbol.for("runferry.media");

/** Something to `log` that is no number. Made by `image()`, `audio()`, `histogram()`, `table()`, `text()`, `figure()`. */
export type MediaValue = { readonly [brand]: true } & (
  | (ImageOptions & { readonly type: "image"; readonly bytes: Bytes })
  | (AudioOptions & { readonly type: "audio"; readonly bytes: Bytes })
  | { readonly type: "histogram"; readonly edges: readonly number[]; readonly counts: readonly number[] }
  | { readonly type: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }
  | { readonly type: "text"; readonly text: string; readonly format?: "plain" | "markdown" }
  | (FigureOptions & { readonly type: "figure"; readonly bytes?: Bytes; readonly spec?: object })
);

export type HistogramValue = Extract<MediaValue, { readonly type: "histogram" }>;

export interface ImageOptions {
  readonly caption?: string;
  readonly width?: number;
  readonly height?: number;
  /** The ending of the file, where bytes alone do not show it: `png`, `jpg` … */
  readonly format?: string;
}

export interface AudioOptions {
  readonly caption?: string;
  readonly sampleRate?: number;
  readonly format?: string;
}

export interface FigureOptions {
  readonly caption?: string;
  readonly format?: string;
}

export function image(bytes: Bytes, options: ImageOptions = {}): MediaValue {
  return { [brand]: true, ...options, type: "image", bytes };
}

export function audio(bytes: Bytes, options: AudioOptions = {}): MediaValue {
  return { [brand]: true, ...options, type: "audio", bytes };
}

/** Counts the values, of a tensor too, in bins of equal width. What is not finite has no bin. */
export function histogram(
  values: ArrayLike<number | bigint> | TensorLike,
  options?: { readonly bins?: number },
): HistogramValue;
/** Counts made elsewhere: `edges` has one entry more than `counts`. */
export function histogram(counted: {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}): HistogramValue;
export function histogram(
  given:
    | ArrayLike<number | bigint>
    | TensorLike
    | { readonly edges: readonly number[]; readonly counts: readonly number[] },
  { bins = 64 }: { readonly bins?: number } = {},
): HistogramValue {
  if ("edges" in given) return { [brand]: true, type: "histogram", edges: [...given.edges], counts: [...given.counts] };
  return { [brand]: true, type: "histogram", ...counted(numbersOf(given), Math.max(1, Math.floor(bins) || 1)) };
}

/** Rows as lists with their columns, or as objects. */
export function table(rows: readonly object[]): MediaValue;
export function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): MediaValue;
export function table(
  first: readonly object[] | readonly string[],
  rows?: readonly (readonly unknown[])[],
): MediaValue {
  if (rows) return { [brand]: true, type: "table", columns: first as readonly string[], rows };
  const objects = first as readonly { readonly [column: string]: unknown }[];
  const columns = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  return { [brand]: true, type: "table", columns, rows: objects.map((row) => columns.map((column) => row[column])) };
}

export function text(content: string, options: { readonly format?: "plain" | "markdown" } = {}): MediaValue {
  return { [brand]: true, type: "text", text: content, ...options };
}

/** A picture that was drawn (bytes or a path), or the spec to draw it from (Vega-Lite, Plotly …). */
export function figure(drawn: Bytes | object, options: FigureOptions = {}): MediaValue {
  if (typeof drawn === "string" || drawn instanceof Uint8Array) {
    return { [brand]: true, ...options, type: "figure", bytes: drawn };
  }
  return { [brand]: true, ...options, type: "figure", spec: drawn };
}

export function isMedia(value: unknown): value is MediaValue {
  return typeof value === "object" && value !== null && brand in value;
}

function counted(values: ArrayLike<number | bigint>, bins: number): { edges: number[]; counts: number[] } {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) [least, most] = [0, 1]; // nothing to count
  if (least === most) [least, most] = [least - 0.5, most + 0.5];
  const width = most / bins - least / bins; // their difference itself may be infinite
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? most : least + width * i));
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) continue;
    const bin = width > 0 ? Math.floor(value / width - least / width) : 0;
    counts[Math.min(bins - 1, Math.max(0, bin))]!++;
  }
  return { edges, counts };
}
