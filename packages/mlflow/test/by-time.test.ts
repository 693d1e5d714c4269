import { createRandom } from "@runferry/testkit";
import { expect, test } from "vitest";
import { byTime } from "../src/by-time.ts";

/** In pieces of every length, empty ones too. */
async function* from<T>(items: readonly T[]): AsyncIterable<readonly T[]> {
  for (let at = 0, length = 0; at < items.length; at += length++) yield items.slice(at, at + length);
}

test.each([0, 1, 2, 7, 100])(
  "things of %i sources come in one order of time, the earlier source first",
  async (count) => {
    const random = createRandom(count);
    const sources = Array.from({ length: count }, (_, rank) =>
      Array.from({ length: random.below(40) }, () => ({ at: random.below(30), rank })).sort((a, b) => a.at - b.at),
    );
    const merged: { at: number; rank: number }[] = [];
    for await (const piece of byTime(sources.map(from))) merged.push(...piece);
    expect(merged).toEqual(sources.flat().sort((a, b) => a.at - b.at || a.rank - b.rank));
  },
);
