import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonParts } from "../src/json/json-parts.ts";
import type { Broken, Part } from "../src/json/part-reader.ts";
import { parsePythonJson } from "../src/json/python-json.ts";

/** Each piece overwrites the one before, as those of a file do. */
function* piecesOf(text: string, size: number): Generator<Uint8Array> {
  const bytes = Buffer.from(text);
  const buffer = Buffer.alloc(size);
  for (let from = 0; from < bytes.length; from += size) {
    yield buffer.subarray(0, bytes.copy(buffer, 0, from, from + size));
  }
}

/** Reads a text in pieces of `size` bytes. */
async function read(text: string, depth: number, size = 3): Promise<{ parts: Part[]; broken: Broken | undefined }> {
  const reading = jsonParts(piecesOf(text, size), { depth });
  const parts: Part[] = [];
  for (;;) {
    const next = await reading.next();
    if (next.done) return { parts, broken: next.value };
    parts.push(...next.value);
  }
}

const short = (parts: readonly Part[]) => parts.map(({ path, text }) => [path.join("."), text]);

test("gives the values at a depth, with where they begin", async () => {
  const { parts, broken } = await read('{"loss": [1.0, {"step": 2}],\n "auc": ["x]", NaN], "n": 7}', 2);
  expect(broken).toBeUndefined();
  expect(short(parts)).toEqual([
    ["loss.0", "1.0"],
    ["loss.1", '{"step": 2}'],
    ["auc.0", '"x]"'],
    ["auc.1", "NaN"],
    ["n", "7"],
  ]);
  expect(parts[2]).toMatchObject({ line: 2, offset: 38 });
});

test("is the same in chunks of any size, and for any JSON", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.jsonValue(),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      async (value, depth, size) => {
        const text = JSON.stringify(value, undefined, size);
        const { parts, broken } = await read(text, depth, size);
        expect(broken).toBeUndefined();
        expect(parts).toEqual((await read(text, depth, text.length * 3)).parts);
        for (const part of parts) expect(part.line).toBe(text.slice(0, charAt(text, part.offset)).split("\n").length);
        const at = (path: Part["path"]) =>
          path.reduce<unknown>((inside, key) => (inside as { [key: string]: unknown })[key], JSON.parse(text));
        for (const part of parts) expect(JSON.parse(part.text)).toEqual(at(part.path));
        expect(parts.length).toBe(countAt(JSON.parse(text), depth));
      },
    ),
    rounds(300),
  );
});

/** The character that the byte at `offset` begins. */
function charAt(text: string, offset: number): number {
  return Buffer.from(text).subarray(0, offset).toString().length;
}

function countAt(value: unknown, depth: number): number {
  if (depth === 0 || typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, one) => sum + countAt(one, depth - 1), 0);
}

test("cut anywhere, gives what was whole and says where it breaks off", async () => {
  const text = '[{"a": 1}, {"a": "\\"]"}, {"a": 3}]';
  for (let cut = 0; cut < text.length; cut++) {
    const { parts, broken } = await read(text.slice(0, cut), 1);
    expect(broken?.why).toBe("it stops in the middle");
    expect(parts.length).toBe([9, 23, 33].filter((end) => cut >= end).length);
  }
});

test.each([
  ["[1 2]", "a comma is missing"],
  ['{"a" 1}', "a colon is missing"],
  ["{a: 1}", "a key is missing"],
  ["[1,]", "a value is missing"],
  ["[] []", "something follows the end"],
  ['{"\\x": 1}', "a key is damaged"],
])("%s is broken: %s", async (text, why) => {
  expect((await read(text, 1)).broken).toMatchObject({ why, line: 1 });
});

test("Python's JSON: bare NaN and infinities are numbers, texts and spellings stay", () => {
  const value = parsePythonJson(
    '{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN, \\"Infinity", "d": 1.0, "e": 12345678901234567890}',
  );
  expect(value).toMatchObject({
    a: Number.NaN,
    b: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    c: 'NaN, "Infinity',
  });
  expect(JSON.stringify(value)).toContain('"d":1.0,"e":12345678901234567890');
  expect(parsePythonJson("\uFEFF[1]")).toEqual([1]);
  expect(() => parsePythonJson('{"a": Nan}')).toThrow(SyntaxError);
});
