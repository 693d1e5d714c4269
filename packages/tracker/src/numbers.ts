/** A value that is one number, or why it is none. */
export type Converted =
  | { readonly number: number }
  /** `what` names the kind of thing it was, `hint` what to do with it. */
  | { readonly what: string; readonly hint: string };

const manyHint = "log its distribution with histogram(), or all values with logEpisode()";
const textHint = "log text with text(), or set it as a tag or param";

/** Numbers, bigints, and whatever holds exactly one: typed arrays, lists, tensors of any library. Reads, never throws. */
export function toNumber(value: unknown): Converted {
  switch (typeof value) {
    case "number":
      return { number: value };
    case "bigint":
      return { number: Number(value) };
    case "string":
      return { what: "text", hint: textHint };
    case "boolean":
      return { what: "a boolean", hint: "log 1 or 0, or set it as a tag" };
    case "object":
      return value === null ? { what: "null", hint: "leave it out, or log NaN" } : objectToNumber(value);
    case "undefined":
      return { what: "undefined", hint: "leave it out, or log NaN" };
    default:
      return { what: `a ${typeof value}`, hint: "log a number" };
  }
}

function objectToNumber(value: object): Converted {
  try {
    if (value instanceof Number || value instanceof BigInt) return { number: Number(value) };
    if (Array.isArray(value) || isTypedArray(value)) return onlyOf(value);
    if (value instanceof Date) return { what: "a date", hint: "log its getTime(), or set it as a tag" };
    if (hasMethod(value, "then")) return { what: "a promise", hint: "await it first" };
    return tensorToNumber(value);
  } catch {
    return { what: "an object that cannot be read", hint: "log a number" };
  }
}

function tensorToNumber(value: object): Converted {
  // Asked first, so that a large tensor is not brought from its device only to be refused.
  const size = (value as { readonly size?: unknown }).size;
  if (typeof size === "number" && size !== 1 && (isTensor(value) || hasMethod(value, "item"))) {
    return { what: `a tensor of ${size}`, hint: manyHint };
  }
  for (const method of ["dataSync", "arraySync", "item", "toFloat", "toNumber"]) {
    if (!hasMethod(value, method)) continue;
    const held = value[method]!();
    if (typeof held === "number" || typeof held === "bigint") return { number: Number(held) };
    if (Array.isArray(held) || isTypedArray(held)) return onlyOf(held);
  }
  const { data } = value as { readonly data?: unknown }; // onnxruntime, among others
  if (isTypedArray(data)) return onlyOf(data);
  return { what: "an object", hint: "log a number" };
}

function onlyOf(list: ArrayLike<unknown>): Converted {
  if (list.length !== 1) return { what: `a list of ${list.length}`, hint: manyHint };
  const only = list[0];
  if (typeof only === "number" || typeof only === "bigint") return { number: Number(only) };
  return Array.isArray(only) ? onlyOf(only) : { what: "a list", hint: manyHint };
}

/** What holds numbers of its own: a tensor of TensorFlow.js, by its methods. */
export interface TensorLike {
  dataSync(): ArrayLike<number>;
}

export function isTensor(value: unknown): value is object {
  return typeof value === "object" && value !== null && (hasMethod(value, "dataSync") || hasMethod(value, "arraySync"));
}

/** What a tensor holds, with its structure where it tells it. Throws what the tensor throws: it may be disposed of. */
export function contentOf(tensor: object): unknown {
  for (const method of ["arraySync", "dataSync"]) if (hasMethod(tensor, method)) return tensor[method]!();
  return undefined;
}

/** All numbers of a list, or of a tensor in row-major order. */
export function numbersOf(values: ArrayLike<number | bigint> | TensorLike): ArrayLike<number | bigint> {
  return "dataSync" in values ? values.dataSync() : values;
}

export function isTypedArray(value: unknown): value is ArrayLike<number | bigint> & ArrayBufferView {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

type Method<M extends string> = { readonly [name in M]: () => unknown };

function hasMethod<M extends string>(value: object, name: M): value is Method<M> {
  return typeof (value as { readonly [name: string]: unknown })[name] === "function";
}
