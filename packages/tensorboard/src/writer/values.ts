import { RunferryError } from "@runferry/core";

/** Numbers in any of the forms that hold them: one, a list, lists of lists, a typed array, a tensor. */
export type Numbers = number | bigint | readonly Numbers[] | ArrayLike<number | bigint> | TensorValues;

/** A tensor, of TensorFlow.js or made by hand. */
export interface TensorValues {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
}

/** Numbers row by row, with the lengths of their sides. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export function valuesOf(what: string, given: Numbers): Values {
  if (typeof given === "number" || typeof given === "bigint") return { shape: [], data: [Number(given)] };
  if (typeof given !== "object" || given === null) throw badValue(`${what} is ${given} and no number`);
  if ("dataSync" in given) return whole(what, { shape: given.shape, data: given.dataSync() });
  if (given instanceof DataView) throw badValue(`${what} is a DataView`, "give a typed array");
  if (given instanceof BigInt64Array || given instanceof BigUint64Array) return valuesOf(what, Array.from(given));
  if (ArrayBuffer.isView(given)) return { shape: [given.length], data: given as ArrayLike<number> };
  const data: number[] = [];
  const shape = shapeOf(given as ArrayLike<Numbers>);
  flatten(what, given as ArrayLike<Numbers>, data);
  return whole(what, { shape, data });
}

/** Booleans in a list as 1 and 0. */
export function asNumbers(given: Numbers | readonly boolean[]): Numbers {
  const list = given as readonly (Numbers | boolean)[];
  return Array.isArray(given) ? list.map((one) => (typeof one === "boolean" ? Number(one) : one)) : (given as Numbers);
}

/** The one number that a value holds. */
export function numberOf(what: string, given: Numbers): number {
  const { data } = valuesOf(what, given);
  if (data.length === 1) return data[0]!;
  throw badValue(`${what} holds ${data.length} numbers, and must be one`);
}

function shapeOf(list: Numbers | ArrayLike<Numbers>): readonly number[] {
  if (typeof list !== "object" || list === null || !("length" in list)) return [];
  return list.length === 0 ? [0] : [list.length, ...shapeOf(list[0]!)];
}

function flatten(what: string, list: ArrayLike<Numbers>, data: number[]): void {
  for (let i = 0; i < list.length; i++) {
    const item = list[i]!;
    if (typeof item === "object" && item !== null && "length" in item) flatten(what, item as ArrayLike<Numbers>, data);
    else if (typeof item === "number" || typeof item === "bigint") data.push(Number(item));
    else throw badValue(`${what} holds something that is no number`);
  }
}

function whole(what: string, values: Values): Values {
  const count = values.shape.reduce((product, side) => product * side, 1);
  if (count === values.data.length) return values;
  throw badValue(`${what} holds ${values.data.length} numbers, which do not fill ${values.shape.join(" × ")}`);
}

export function badValue(what: string, hint = "see what the method takes"): RunferryError {
  return new RunferryError("bad_event", what, { hint, data: "it was not written; everything before it stands" });
}
