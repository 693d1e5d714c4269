import { expect, test } from "vitest";
import { createDecoder, createEncoder, isDamage } from "../src/index.ts";

test("a decoder keeps what is left of a chunk, though the caller reads the next into the same Buffer", () => {
  const encode = createEncoder();
  const lines = Array.from({ length: 200 }, (_, i) =>
    encode({ seq: i + 1, at: 5, kind: "metrics.logged", step: i, values: { loss: i } }).slice(),
  );
  const file = Buffer.concat(lines);
  const decoder = createDecoder();
  const chunk = Buffer.alloc(100);
  const found = [];
  for (let at = 0; at < file.length; at += chunk.length) {
    const read = file.copy(chunk, 0, at);
    found.push(...decoder.push(chunk.subarray(0, read)));
  }
  expect(found.filter(isDamage)).toEqual([]);
  expect(found).toHaveLength(200);
});
