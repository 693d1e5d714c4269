import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { cutLines, digestsOf, maxBodyBytes, maxLineBytes, multipartFrom, partBytesOf } from "../src/client/index.ts";
import { splitting } from "../src/client/splitting.ts";

test("lines in as few bodies as the limit allows, counted in bytes", () => {
  expect(cutLines([])).toEqual([]);
  expect(cutLines(["aa", "bb", "c", "dddd"], 4)).toEqual([["aa", "bb"], ["c"], ["dddd"]]);
  expect(cutLines(["a", "too long", "b"], 4)).toEqual([["a"], ["too long"], ["b"]]);
  expect(cutLines(["ää", "a"], 4)).toEqual([["ää"], ["a"]]);
  expect(cutLines(["", "", ""], 0)).toEqual([["", "", ""]]);
  const lines = Array.from({ length: 100_000 }, (_, i) => `{"_step":${i}}`.padEnd(300));
  const bodies = cutLines(lines);
  expect(bodies.flat()).toEqual(lines);
  expect(bodies).toHaveLength(Math.ceil(lines.length / Math.floor(maxBodyBytes / 300)));
});

test("the limits of W&B's own client", () => {
  expect([maxBodyBytes, maxLineBytes, multipartFrom]).toEqual([10_485_760, 10_383_360, 2_147_483_648]);
  const MiB = 1024 ** 2;
  expect([partBytesOf(multipartFrom), partBytesOf(1_000_000 * MiB)]).toEqual([100 * MiB, 100 * MiB]);
  const more = partBytesOf(1_000_001 * MiB);
  expect(more % 4096).toBe(0);
  expect(Math.ceil((1_000_001 * MiB) / more)).toBeLessThanOrEqual(10_000);
});

async function* blocks(...sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => at++ % 251);
}

async function joined(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

test("a content in pieces, whatever its blocks are", async () => {
  const whole = await joined(blocks(60));
  for (const sizes of [[60], [7, 53], [20, 20, 20], [1, 0, 58, 1]]) {
    const pieces = splitting(blocks(...sizes));
    const taken = [await joined(pieces.take(20)), await joined(pieces.take(39)), await joined(pieces.take(20))];
    expect(taken.map(({ length }) => length)).toEqual([20, 39, 1]);
    expect(Buffer.concat(taken)).toEqual(whole);
    await pieces.close();
  }
});

test("digests of the whole and of its parts", async () => {
  const half = Buffer.alloc(50 * 1024 ** 2, 7);
  const end = Buffer.from("end");
  async function* content() {
    for (const block of [half, half, end]) yield block;
  }
  const bytes = 2 * half.length + end.length;
  const hash = (...blocks: readonly Buffer[]) =>
    blocks.reduce((md5, block) => md5.update(block), createHash("md5")).digest("hex");
  expect(await digestsOf(content(), bytes, true)).toEqual({
    md5: Buffer.from(hash(half, half, end), "hex").toString("base64"),
    parts: [
      { partNumber: 1, hexMD5: hash(half, half) },
      { partNumber: 2, hexMD5: hash(end) },
    ],
  });
  expect((await digestsOf(blocks(3), 3)).parts).toBeUndefined();
  expect((await digestsOf(blocks(), 0)).md5).toBe("1B2M2Y8AsgTpgAmY7PhCfg==");
});
