import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32, createCrc32 } from "@runferry/core";
import { createRandom, rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("crc32", () => {
  const digits = new TextEncoder().encode("123456789");

  test("gives the published check values", () => {
    expect(crc32(digits)).toBe(0xcbf43926);
    expect(createCrc32(0x82f63b78)(digits)).toBe(0xe3069283);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  test("agrees with zlib on any bytes, in any range and in any two parts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(), (bytes, a, b) => {
        const [from, to] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
        expect(crc32(bytes, from, to)).toBe(zlibCrc32(bytes.subarray(from, to)));
        expect(crc32(bytes, from, bytes.length, crc32(bytes, 0, from))).toBe(zlibCrc32(bytes));
      }),
      rounds(500),
    );
    const large = createRandom(9).bytes(100_000);
    expect(crc32(large)).toBe(zlibCrc32(large));
  });
});
