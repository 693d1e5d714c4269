import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { type NestedNumbers, type NumpyOptions, npyOf, type ShapedNumbers } from "../src/npy.ts";
import { eventsOf, only, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

type Case = readonly [
  array: NestedNumbers | ShapedNumbers,
  options: NumpyOptions | undefined,
  dtype: string,
  shape: readonly number[],
  values: string,
];

const big = 2n ** 63n - 1n;
const cases: readonly Case[] = [
  [
    new Float32Array([0.5, Number.NaN, -0, Number.POSITIVE_INFINITY]),
    undefined,
    "float32",
    [4],
    "[0.5, nan, -0.0, inf]",
  ],
  [new Float64Array([0.1, 1e300]), undefined, "float64", [2], "[0.1, 1e+300]"],
  [new Int8Array([-128, 127]), undefined, "int8", [2], "[-128, 127]"],
  [new Uint8Array([0, 255]), undefined, "uint8", [2], "[0, 255]"],
  [new Uint8ClampedArray([300]), undefined, "uint8", [1], "[255]"],
  [new Int16Array([-32768]), undefined, "int16", [1], "[-32768]"],
  [new Uint16Array([65535]), undefined, "uint16", [1], "[65535]"],
  [new Int32Array([-(2 ** 31)]), undefined, "int32", [1], "[-2147483648]"],
  [new Uint32Array([2 ** 32 - 1]), undefined, "uint32", [1], "[4294967295]"],
  [new BigInt64Array([-big, big]), undefined, "int64", [2], `[${-big}, ${big}]`],
  [new BigUint64Array([2n ** 64n - 1n]), undefined, "uint64", [1], `[${2n ** 64n - 1n}]`],
  [Buffer.from([7, 8]).subarray(1), undefined, "uint8", [1], "[8]"],
  [3.5, undefined, "float64", [], "3.5"],
  [[], undefined, "float64", [0], "[]"],
  [[[], []], undefined, "float64", [2, 0], "[[], []]"],
  [[1, 2.5], undefined, "float64", [2], "[1.0, 2.5]"],
  [[true, false], undefined, "bool", [2], "[True, False]"],
  [[1n, -2n], undefined, "int64", [2], "[1, -2]"],
  [[[[1, 2, 3]], [[4, 5, 6]]], { dtype: "int32" }, "int32", [2, 1, 3], "[[[1, 2, 3]], [[4, 5, 6]]]"],
  [[new Float32Array([1, 2]), new Float32Array([3, 4])], undefined, "float32", [2, 2], "[[1.0, 2.0], [3.0, 4.0]]"],
  [[1, 0], { dtype: "bool" }, "bool", [2], "[True, False]"],
  [[2n ** 64n - 1n], { dtype: "uint64" }, "uint64", [1], `[${2n ** 64n - 1n}]`],
  [[1, 2], { dtype: "int64" }, "int64", [2], "[1, 2]"],
  [[0.1], { dtype: "float32" }, "float32", [1], "[0.10000000149011612]"],
  [new Float32Array(6).fill(1), { shape: [3, 2] }, "float32", [3, 2], "[[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]"],
  [new Float32Array([2]), { shape: [] }, "float32", [], "2.0"],
  [
    { shape: [2, 1], dtype: "bool", dataSync: () => new Uint8Array([1, 0]) },
    undefined,
    "bool",
    [2, 1],
    "[[True], [False]]",
  ],
  [{ shape: [1, 2], data: new Int32Array([1, 2]) }, undefined, "int32", [1, 2], "[[1, 2]]"],
];

const reader = `
import json, sys, numpy
for path in sys.argv[1:]:
    array = numpy.load(path, allow_pickle=False)
    aligned = open(path, "rb").read().index(b"\\n") + 1
    print(json.dumps([str(array.dtype), list(array.shape), str(array.tolist()), aligned % 64, array.flags["C_CONTIGUOUS"]]))
`;

test("NumPy reads what is written, with its dtype, shape and values", (context) => {
  const { python } = needPeer(context, "tensorboard");
  const folder = temporary();
  const paths = cases.map(([array, options], i) => {
    const path = join(folder, `${i}.npy`);
    writeFileSync(path, npyOf(array, options));
    return path;
  });
  const told = execFileSync(python, ["-c", reader, ...paths], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(told.map((line) => JSON.parse(line) as unknown)).toEqual(
    cases.map(([, , dtype, shape, values]) => [dtype, shape, values, 0, true]),
  );
});

test.each<readonly [unknown, NumpyOptions | undefined, string]>([
  [[[1], [1, 2]], undefined, "not all of one length"],
  [[1, [2]], undefined, "not all of one length"],
  [["1"], undefined, "element 0 is string and no number"],
  [[null], undefined, "element 0 is null and no number"],
  [[256], { dtype: "uint8" }, "element 0 is 256, which uint8 does not hold"],
  [[Number.NaN], { dtype: "int32" }, "element 0 is NaN, which int32 does not hold"],
  [[1.5], { dtype: "int64" }, "1.5"],
  [[2n ** 63n], undefined, "which int64 does not hold"],
  [[2n ** 53n + 1n], { dtype: "float64" }, "which float64 does not hold"],
  [[1e300], { dtype: "float32" }, "which float32 does not hold"],
  [[2], { dtype: "bool" }, "which bool does not hold"],
  [[1], { dtype: "complex64" as never }, "there is no dtype complex64"],
  [new Float32Array(5), { shape: [2, 2] }, "the shape (2, 2) does not hold 5 elements"],
  [new Float32Array(4), { shape: [-2, -2] }, "the shape (-2, -2)"],
  [new DataView(new ArrayBuffer(4)), undefined, "no list, typed array or tensor"],
  [{ shape: [2], stride: [-1], data: new Float32Array(2) }, undefined, "it has strides"],
  ["text", undefined, "element 0 is string"],
])("%o is refused with a reason", (array, options, reason) => {
  expect(() => npyOf(array as never, options)).toThrow(reason);
});

test("lists in themselves are refused, and what is refused is counted as lost", async () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const { tracker, said } = shopIn(temporary());
  const run = tracker.startRun();
  expect(await run.logNumpy(circle as never, "circle")).toMatchObject({ status: "lost", name: "circle" });
  const handle = run.logNumpy([[1, 2]], "weights/first"); // on disk when it returns
  const file = only(await eventsOf(tracker.dir, run.id), "artifact.logged")[0]!.file;
  expect(file.path).toBe("weights/first.npy");
  expect(
    readFileSync(join(run.dir, "artifacts", file.path))
      .subarray(1, 6)
      .toString(),
  ).toBe("NUMPY");
  expect(await handle).toMatchObject({ status: "logged", sha256: file.sha256 });
  expect(said.at(-1)).toContain("circle is not in the run: lists are nested more than 32 deep");
  await run.end();
});
